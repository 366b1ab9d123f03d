import { useState } from 'react';
import { SelectField } from '../../../kit/Field';
import { age } from '../../../kit/format';
import { Panel } from '../../../kit/Panel';
import { type Column, RowButton, Table, useSorted } from '../../../kit/Table';
import type { ScoredArticle } from '../../../wire';
import { SearchBox } from '../SearchBox';
import { useAsked } from '../useAsked';
import { useMinute } from '../useMinute';
import { ArticleDetail } from './ArticleDetail';
import css from './ArticlesTab.module.css';
import { choices, NO_REVIEW, type Review, reviewed } from './review';
import { articleWords as text } from './words';

const HOURS = [6, 24, 72, 168];
const EVERY_MS = 60_000;
const LIMIT_SEC = 1800;

/** Articles as their scores order them, for the eyes of an editor. */
export function ArticlesTab() {
  const [hours, setHours] = useState(24);
  const articles = useAsked<ScoredArticle[]>({ path: `/api/admin/rss-articles?hours=${hours}&limit=500`, isWrapped: true, everyMs: EVERY_MS, limitSec: LIMIT_SEC });
  return (
    <Panel
      title={text.title}
      state={articles.state}
      asOf={articles.ts}
      empty={text.empty}
      onRetry={articles.reload}
      className={css.panel}
    >
      {articles.value && <ArticleList all={articles.value} hours={hours} onHours={setHours} isBusy={articles.isTurning} />}
    </Panel>
  );
}

interface ListProps {
  all: ScoredArticle[];
  hours: number;
  onHours: (hours: number) => void;
  isBusy: boolean;
}

function ArticleList({ all, hours, onHours, isBusy }: ListProps) {
  const [review, setReview] = useState(NO_REVIEW);
  const [opened, setOpened] = useState<string | null>(null);
  const nowMs = useMinute();
  const edit = (change: Partial<Review>) => setReview({ ...review, ...change });
  const columns = columnsOf(opened, setOpened, nowMs);
  const shown = reviewed(all, review);
  const { rows, sort, onSort } = useSorted(shown, columns, null);
  return (
    <>
      <div className={css.tools}>
        <SearchBox label={text.search} placeholder={text.searchHint} value={review.search} onChange={(search) => edit({ search })} />
        <SelectField label={text.hours} value={String(hours)} onChange={(value) => onHours(Number(value))} options={HOURS.map((value) => ({ value: String(value), text: text.hour[value] ?? '' }))} className={css.choice} />
        <Choice label={text.category} value={review.category} of={choices(all, (article) => article.category)} onChange={(category) => edit({ category })} />
        <Choice label={text.impact} value={review.impact} of={choices(all, (article) => article.impact)} onChange={(impact) => edit({ impact })} />
        <span className={css.count} role="status">{text.count(shown.length, all.length)}</span>
      </div>
      <Table
        caption={text.caption}
        columns={columns}
        rows={rows}
        rowKey={(row) => row.uid}
        sort={sort}
        onSort={onSort}
        none={all.length === 0 ? text.empty : text.none}
        isBusy={isBusy}
        more={detailOf(opened)}
      />
    </>
  );
}

function Choice({ label, value, of, onChange }: { label: string; value: string; of: string[]; onChange: (value: string) => void }) {
  return <SelectField label={label} value={value} onChange={onChange} options={[{ value: '', text: text.all }, ...of.map((each) => ({ value: each, text: each }))]} className={css.choice} />;
}

const detailOf = (opened: string | null) => (row: ScoredArticle) => (opened === row.uid ? <ArticleDetail article={row} /> : null);

function columnsOf(opened: string | null, onOpen: (uid: string | null) => void, nowMs: number): Column<ScoredArticle>[] {
  return [
    {
      id: 'title', header: text.article, by: (row) => row.title,
      cell: (row) => <RowButton aria-expanded={opened === row.uid} onClick={() => onOpen(opened === row.uid ? null : row.uid)}><span className={css.title}>{row.title}</span></RowButton>,
    },
    { id: 'total', header: text.total, cell: (row) => <b>{row.total_score}</b>, by: (row) => row.total_score, isNumber: true },
    { id: 'relevance', header: text.relevance, cell: (row) => row.relevance, by: (row) => row.relevance, isNumber: true, isExtra: true },
    { id: 'urgency', header: text.urgency, cell: (row) => row.urgency, by: (row) => row.urgency, isNumber: true, isExtra: true },
    { id: 'impact', header: text.impact, cell: (row) => <span className={css.impact} data-impact={row.impact}>{row.impact}</span>, by: (row) => row.impact },
    { id: 'category', header: text.category, cell: (row) => row.category, by: (row) => row.category, isExtra: true },
    { id: 'source', header: text.source, cell: (row) => row.source, by: (row) => row.source, isExtra: true },
    { id: 'age', header: text.age, cell: (row) => age(Math.max(60, nowMs / 1000 - row.published_ts)), by: (row) => -row.published_ts, isNumber: true },
  ];
}
