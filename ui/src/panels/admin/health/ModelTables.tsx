import { age, ticker } from '../../../kit/format';
import { type Column, Table, useSorted } from '../../../kit/Table';
import type { Diagnostics, KeyState } from '../../../wire';
import { bytes, freshness, type GlobalModel, globalModels } from './health';
import css from './HealthTab.module.css';
import { healthWords as text } from './words';

type SymbolRow = [string, Record<string, KeyState>];
const KINDS = ['spot', 'gex', 'heatmap', 'trade_selector'];

/** Each symbol's models and how old they are. */
export function SymbolTable({ symbols, isClosed }: { symbols: NonNullable<Diagnostics['symbols']>; isClosed: boolean }) {
  const columns = symbolColumns(isClosed);
  const { rows, sort, onSort } = useSorted(Object.entries(symbols), columns, { id: 'symbol', isDescending: false });
  return <Table caption={text.modelsCaption} columns={columns} rows={rows} rowKey={([symbol]) => symbol} sort={sort} onSort={onSort} none={text.modelsEmpty} />;
}

/** What is not of one symbol. */
export function GlobalTable({ diagnostics, isClosed }: { diagnostics: Diagnostics; isClosed: boolean }) {
  const columns = globalColumns(isClosed);
  return <Table caption={text.globalCaption} columns={columns} rows={globalModels(diagnostics)} rowKey={({ id }) => id} />;
}

function Age({ kind, held, isClosed }: { kind: string; held: KeyState | undefined; isClosed: boolean }) {
  const how = held ? freshness(kind, held, isClosed) : 'missing';
  if (how === 'missing') return <span className={css.note}>{text.missing}</span>;
  if (how === 'held') return <span className={css.note}>{text.held}</span>;
  return <span className={how === 'old' ? css.bad : undefined}>{how === 'old' && `${text.old} · `}{age(held?.age_sec)}</span>;
}

function symbolColumns(isClosed: boolean): Column<SymbolRow>[] {
  return [
    { id: 'symbol', header: text.symbol, cell: ([symbol]) => ticker(symbol), by: ([symbol]) => ticker(symbol) },
    ...KINDS.map((kind): Column<SymbolRow> => ({
      id: kind, header: text.kinds[kind] ?? kind, isNumber: true, by: ([, models]) => models[kind]?.age_sec,
      cell: ([, models]) => <Age kind={kind} held={models[kind]} isClosed={isClosed} />,
    })),
  ];
}

function globalColumns(isClosed: boolean): Column<GlobalModel>[] {
  return [
    { id: 'model', header: text.model, cell: ({ id }) => text.globals[id] },
    { id: 'age', header: text.age, cell: ({ id, held }) => <Age kind={id} held={held} isClosed={isClosed} />, isNumber: true },
    { id: 'size', header: text.size, cell: ({ held }) => bytes(held.size), isNumber: true },
    { id: 'ttl', header: text.expires, cell: ({ held }) => age(held.ttl), isNumber: true },
  ];
}
