import { useState } from 'react';
import { Button } from '../../../kit/Button';
import { SelectField, TextField } from '../../../kit/Field';
import { age } from '../../../kit/format';
import { Panel } from '../../../kit/Panel';
import { Segmented } from '../../../kit/Segmented';
import { type Column, RowButton, Table, useSorted } from '../../../kit/Table';
import { words } from '../../../kit/words';
import { useIsCut } from '../../../live/hooks';
import type { RedisKey, RedisKeys } from '../../../wire';
import { useAsked } from '../useAsked';
import { BUSES, type KeyQuery, keysPath, sizeText } from './keys';
import css from './RedisTab.module.css';
import { ValuePanel } from './ValuePanel';
import { redisWords as text } from './words';

const FIRST: KeyQuery = { bus: 'market', pattern: '*', limit: 100 };
const LIMITS = ['100', '250', '500'];

/** What is held on the buses, name by name. A scan is dear: it is made when it is asked for, not with every letter. */
export function RedisTab() {
  const [query, setQuery] = useState(FIRST);
  const [typed, setTyped] = useState(FIRST.pattern);
  const [key, setKey] = useState<string | null>(null);
  const keys = useAsked<RedisKeys>({ path: keysPath(query), everyMs: null, isEmpty: (value) => value.count === 0 && query.pattern === '*' });
  const isCut = useIsCut();
  const blocked = isCut ? words.needsServer : undefined;
  const ask = (change: Partial<KeyQuery>) => {
    setQuery({ ...query, pattern: typed.trim() || '*', ...change });
    setKey(null);
    if (typed.trim() === query.pattern) keys.reload();
  };
  return (
    <div className={css.page}>
      <form className={css.form} onSubmit={(event) => {
        event.preventDefault();
        ask({});
      }}>
        <div className={css.bus}>
          <span className={css.label}>{text.bus}</span>
          <Segmented label={text.bus} options={BUSES.map((value) => ({ value, text: text.buses[value] }))} value={query.bus} onChange={(bus) => ask({ bus })} blocked={blocked} />
        </div>
        <TextField label={text.pattern} hint={query.bus === 'system' ? text.systemHint : text.patternHint} value={typed} onChange={setTyped} maxLength={256} spellCheck={false} autoComplete="off" className={css.pattern} />
        <SelectField label={text.limit} options={LIMITS.map((value) => ({ value, text: value }))} value={String(query.limit)} onChange={(limit) => ask({ limit: Number(limit) })} disabled={isCut} />
        <Button type="submit" blocked={blocked}>{text.list}</Button>
      </form>
      <div className={css.split}>
        <Panel
          title={text.title}
          state={keys.state}
          asOf={keys.ts}
          empty={text.empty}
          onRetry={keys.reload}
          className={css.keys}
          note={keys.value && <span className={css.note}>{text.found(keys.value.count, keys.value.count >= query.limit)}</span>}
        >
          {keys.value && <KeyTable keys={keys.value.keys} selected={key} onOpen={setKey} none={text.none(query.pattern)} isBusy={keys.isTurning} />}
        </Panel>
        <ValuePanel bus={query.bus} name={key} className={css.value} />
      </div>
    </div>
  );
}

interface KeyTableProps {
  keys: RedisKey[];
  selected: string | null;
  onOpen: (key: string) => void;
  none: string;
  isBusy: boolean;
}

function KeyTable({ keys, selected, onOpen, none, isBusy }: KeyTableProps) {
  const columns = columnsOf(onOpen);
  const { rows, sort, onSort } = useSorted(keys, columns, { id: 'key', isDescending: false });
  return <Table caption={text.caption} columns={columns} rows={rows} rowKey={(held) => held.key} sort={sort} onSort={onSort} selected={selected} none={none} isBusy={isBusy} />;
}

function columnsOf(onOpen: (key: string) => void): Column<RedisKey>[] {
  return [
    { id: 'key', header: text.key, cell: (held) => <RowButton onClick={() => onOpen(held.key)}><code className={css.name}>{held.key}</code></RowButton>, by: (held) => held.key },
    { id: 'type', header: text.type, cell: (held) => held.type, by: (held) => held.type, isExtra: true },
    { id: 'size', header: text.size, cell: sizeText, by: (held) => held.size, isNumber: true },
    { id: 'age', header: text.age, cell: (held) => age(held.age_sec), by: (held) => held.age_sec, isNumber: true },
    { id: 'ttl', header: text.ttl, cell: (held) => (held.ttl === null ? text.forever : age(held.ttl)), by: (held) => held.ttl, isNumber: true, isExtra: true },
  ];
}
