/** Where the panels of the workspace lie. What is kept and what is drawn follow from it. */

/** Every panel, in the order of Alt+1, Alt+2 … */
export const PANEL_IDS = ['chart', 'heatmap', 'risk', 'gravity', 'regime', 'log', 'prices', 'fleet'] as const;
export type PanelId = (typeof PANEL_IDS)[number];

/** Width of the window: three columns, two, or one panel at a time. */
export type WidthClass = 'wide' | 'medium' | 'narrow';

/** Columns from left to right, each from top to bottom. */
export type Columns = PanelId[][];

export interface Layout {
  wide: Columns;
  medium: Columns;
  collapsed: PanelId[];
}

export interface Place {
  column: number;
  index: number;
}

export type Way = 'up' | 'down' | 'left' | 'right';

/** The regime lies above the columns and stays there. */
const MOVABLE = PANEL_IDS.filter((id) => id !== 'regime');

export const FIRST_LAYOUT: Layout = {
  wide: [['chart', 'risk', 'fleet'], ['heatmap', 'log'], ['gravity', 'prices']],
  medium: [['chart', 'heatmap', 'risk'], ['gravity', 'prices', 'log', 'fleet']],
  collapsed: [],
};

export function placeOf(columns: Columns, id: PanelId): Place | null {
  const column = columns.findIndex((each) => each.includes(id));
  return column < 0 ? null : { column, index: columns[column]?.indexOf(id) ?? 0 };
}

/** Puts `id` before what is at `to` now. */
export function dropped(columns: Columns, id: PanelId, to: Place): Columns {
  const from = placeOf(columns, id);
  if (!from || !columns[to.column]) return columns;
  const isLater = from.column === to.column && from.index < to.index;
  const index = to.index - (isLater ? 1 : 0);
  if (from.column === to.column && from.index === index) return columns;
  const without = columns.map((each) => each.filter((other) => other !== id));
  return without.map((each, n) => (n === to.column ? each.toSpliced(index, 0, id) : each));
}

/** One step past the next panel that is shown, or into the next column at about the same height. The same columns when there is no way. */
export function moved(columns: Columns, id: PanelId, way: Way, isShown: (id: PanelId) => boolean): Columns {
  const from = placeOf(columns, id);
  const own = from && columns[from.column];
  if (!from || !own) return columns;
  if (way === 'left' || way === 'right') {
    const column = from.column + (way === 'left' ? -1 : 1);
    const other = columns[column];
    return other ? dropped(columns, id, { column, index: Math.min(from.index, other.length) }) : columns;
  }
  const step = way === 'up' ? -1 : 1;
  let index = from.index + step;
  for (let each = own[index]; each !== undefined && !isShown(each); each = own[index]) index += step;
  if (own[index] === undefined) return columns;
  return dropped(columns, id, { column: from.column, index: way === 'up' ? index : index + 1 });
}

/** Where a column and the middles of its panels are on the screen. */
export interface ColumnBox {
  left: number;
  right: number;
  /** From top to bottom. */
  slots: { id: PanelId; middle: number }[];
}

/** Where a panel would be put that is let go at a point; the nearest column takes it. Null without columns. */
export function placeAt(columns: Columns, boxes: ColumnBox[], x: number, y: number): Place | null {
  const distances = boxes.map(({ left, right }) => Math.max(left - x, x - right, 0));
  const column = distances.indexOf(Math.min(...distances));
  const box = boxes[column];
  const ids = columns[column];
  if (!box || !ids) return null;
  const next = box.slots.find(({ middle }) => y < middle);
  return { column, index: next ? ids.indexOf(next.id) : ids.length };
}

/** What was kept as a layout in which every panel has its place once; what is missing or strange is as at first. */
export function validLayout(kept: unknown): Layout {
  const of = (typeof kept === 'object' && kept !== null ? kept : {}) as Record<string, unknown>;
  const collapsed = Array.isArray(of['collapsed']) ? PANEL_IDS.filter((id) => (of['collapsed'] as unknown[]).includes(id)) : [];
  return { wide: validColumns(of['wide'], FIRST_LAYOUT.wide), medium: validColumns(of['medium'], FIRST_LAYOUT.medium), collapsed };
}

function validColumns(kept: unknown, first: Columns): Columns {
  if (!Array.isArray(kept) || kept.length !== first.length || !kept.every(Array.isArray)) return first;
  const seen = new Set<unknown>();
  const columns = (kept as unknown[][]).map((column) => column.filter((id): id is PanelId => {
    const isGood = !seen.has(id) && MOVABLE.some((each) => each === id);
    seen.add(id);
    return isGood;
  }));
  // A panel that is newer than what was kept goes where it is at first.
  return first.map((ids, n) => [...(columns[n] ?? []), ...ids.filter((id) => !seen.has(id))]);
}
