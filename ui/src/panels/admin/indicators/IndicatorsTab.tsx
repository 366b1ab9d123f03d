import { useState } from 'react';
import { Button } from '../../../kit/Button';
import { Switch } from '../../../kit/Field';
import { Panel } from '../../../kit/Panel';
import { type Column, RowButton, Table, useSorted } from '../../../kit/Table';
import { words } from '../../../kit/words';
import { useIsCut } from '../../../live/hooks';
import type { EconSchedule, Indicator } from '../../../wire';
import { SearchBox } from '../SearchBox';
import { day } from '../times';
import { useAsked } from '../useAsked';
import { IndicatorDialog } from './IndicatorDialog';
import css from './IndicatorsTab.module.css';
import { INDICATORS } from './paths';
import { ResultDialog } from './ResultDialog';
import { found, nextReleases, ruleText } from './schedule';
import { SchedulePanel } from './SchedulePanel';
import { TierMark } from './TierMark';
import { indicatorWords as text } from './words';

type Opened = { what: 'indicator'; of: Indicator | null } | { what: 'result' };

/** What the economic calendar is made of, and what it is made into. */
export function IndicatorsTab() {
  const indicators = useAsked<Indicator[]>({ path: INDICATORS, isWrapped: true, isEmpty: (value) => value.length === 0 });
  const schedule = useAsked<EconSchedule>({ path: `${INDICATORS}/rolling-schedule`, isWrapped: true });
  const [opened, setOpened] = useState<Opened | null>(null);
  const isCut = useIsCut();
  const blocked = isCut ? words.needsServer : undefined;
  const changed = () => {
    indicators.reload();
    schedule.reload();
  };
  return (
    <div className={css.grid}>
      <Panel
        title={text.title}
        state={indicators.state}
        asOf={indicators.ts}
        empty={text.empty}
        onRetry={indicators.reload}
        className={css.list}
        actions={
          <>
            <Button blocked={blocked ?? (indicators.value ? undefined : words.panel.loading)} onClick={() => setOpened({ what: 'result' })}>{text.note}</Button>
            <Button look="primary" blocked={blocked} onClick={() => setOpened({ what: 'indicator', of: null })}>{text.create}</Button>
          </>
        }
      >
        {indicators.value && <IndicatorList all={indicators.value} next={nextReleases(schedule.value)} onOpen={(of) => setOpened({ what: 'indicator', of })} />}
      </Panel>
      <SchedulePanel schedule={schedule} className={css.schedule} />
      {opened?.what === 'indicator' && <IndicatorDialog indicator={opened.of} onSaved={changed} onClose={() => setOpened(null)} />}
      {opened?.what === 'result' && <ResultDialog indicators={indicators.value ?? []} onSaved={schedule.reload} onClose={() => setOpened(null)} />}
    </div>
  );
}

interface ListProps {
  all: Indicator[];
  next: Map<string, string>;
  onOpen: (indicator: Indicator) => void;
}

function IndicatorList({ all, next, onOpen }: ListProps) {
  const [search, setSearch] = useState('');
  const [isActiveOnly, setIsActiveOnly] = useState(false);
  const columns = columnsOf(next, onOpen);
  const shown = found(all, search, isActiveOnly);
  const { rows, sort, onSort } = useSorted(shown, columns, { id: 'rating', isDescending: true });
  return (
    <>
      <div className={css.tools}>
        <SearchBox label={text.search} placeholder={text.searchHint} value={search} onChange={setSearch} />
        <Switch label={text.onlyActive} isOn={isActiveOnly} onChange={setIsActiveOnly} />
        <span className={css.count} role="status">{text.count(shown.length, all.length)}</span>
      </div>
      <Table caption={text.caption} columns={columns} rows={rows} rowKey={(row) => row.id} sort={sort} onSort={onSort} none={text.none} />
    </>
  );
}

/** `first Friday, 08:30` */
const dueText = ({ rule_json: rule, release_time_et: time }: Indicator) => (time === null ? ruleText(rule) : `${ruleText(rule)}, ${time}`);
const nextText = (date: string | undefined) => (date === undefined ? '–' : day(date));

function columnsOf(next: Map<string, string>, onOpen: (indicator: Indicator) => void): Column<Indicator>[] {
  return [
    { id: 'name', header: text.name, cell: (row) => <RowButton onClick={() => onOpen(row)}>{row.name}</RowButton>, by: (row) => row.name },
    { id: 'rating', header: text.rating, cell: (row) => <TierMark rating={row.rating} />, by: (row) => row.rating },
    { id: 'cadence', header: text.cadence, cell: dueText, by: dueText, isExtra: true },
    { id: 'next', header: text.next, cell: (row) => nextText(next.get(row.key)), by: (row) => next.get(row.key) },
    { id: 'active', header: text.active, cell: (row) => (row.is_active ? text.isActive : text.isResting), by: (row) => row.is_active, isExtra: true },
    { id: 'key', header: text.key, cell: (row) => <code>{row.key}</code>, by: (row) => row.key, isExtra: true },
  ];
}
