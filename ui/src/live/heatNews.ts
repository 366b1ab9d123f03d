import type { HeatmapBook } from './heatmap';
import { Plane, type PlaneColumns } from './plane';

type Header = Omit<HeatmapBook, 'planes' | 'waiting'>;

/** What became of a book since it was last told of. */
export interface HeatNews {
  header: Header;
  /** A diff was missed. */
  isBehind: boolean;
  /** Every plane there is, by `strategy:dte`. */
  keys: string[];
  /** Those that changed. */
  fresh: Record<string, PlaneColumns>;
}

/** What is to be told of `book` to someone who knows `told`. Its numbers are copies: they can be given away. */
export function newsOf(told: HeatmapBook | undefined, book: HeatmapBook): HeatNews {
  const { planes, waiting, ...header } = book;
  const fresh: Record<string, PlaneColumns> = {};
  for (const [key, plane] of Object.entries(planes)) {
    if (told?.planes[key] !== plane) fresh[key] = { ...plane.columns, numbers: plane.columns.numbers.slice() };
  }
  return { header, isBehind: waiting !== null, keys: Object.keys(planes), fresh };
}

/** The book after the news. Axes that are as they were stay the same object, so that nothing is derived from them again. */
export function takeNews(held: HeatmapBook | undefined, { header, isBehind, keys, fresh }: HeatNews): HeatmapBook {
  const planes: Record<string, Plane> = {};
  for (const key of keys) {
    const known = held?.planes[key];
    const columns = fresh[key];
    if (columns) planes[key] = new Plane(known ? { ...columns, ...sameAxes(known.columns, columns) } : columns);
    else if (known) planes[key] = known;
  }
  return { ...header, planes, waiting: isBehind ? [] : null };
}

function sameAxes(held: PlaneColumns, fresh: PlaneColumns): Partial<PlaneColumns> {
  return { ...(isSame(held.strikes, fresh.strikes) && { strikes: held.strikes }), ...(isSame(held.widths, fresh.widths) && { widths: held.widths }) };
}

function isSame(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((value, n) => value === b[n]);
}
