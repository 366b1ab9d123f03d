import type { Heatmap, HeatmapDiff, Strategy, Tile } from '../wire';
import type { FrameOf } from './frames';
import { patched, Plane, type TilePlace } from './plane';

export type { Plane } from './plane';

/** What the stream carries of heatmaps, by event name. */
export interface HeatmapTopics {
  heatmap: Heatmap;
  heatmap_diff: HeatmapDiff;
}

/** Diffs kept while the whole is on its way: ten seconds of them. */
const WAITING_MAX = 40;

/** The heatmap of one symbol. A diff replaces only the planes it touches. */
export interface HeatmapBook extends Omit<Heatmap, 'tiles' | 'dte_tile_counts'> {
  /** By `strategy:dte`. */
  planes: Record<string, Plane>;
  /** A diff was missed: the whole must be read again. What came since waits, oldest first. */
  waiting: HeatmapDiff[] | null;
}

/** The heatmaps that the page holds, by symbol. */
export type HeatmapBooks = Record<string, HeatmapBook>;

export const NO_HEATMAPS: HeatmapBooks = {};

const NO_TILES = new Plane({ symbol: '', strategy: 'butterfly', dte: 0, expiration: '', strikes: [], widths: [], numbers: new Float64Array(0) });

export function planeOf(book: HeatmapBook | undefined, strategy: Strategy, dte: number): Plane {
  return book?.planes[`${strategy}:${dte}`] ?? NO_TILES;
}

/** The heatmaps after one frame. A diff of one that is not held changes nothing. */
export function reduceHeatmaps(books: HeatmapBooks, frame: FrameOf<HeatmapTopics>): HeatmapBooks {
  const { symbol } = frame.data;
  const held = books[symbol];
  const next = frame.event === 'heatmap' ? takeWhole(held, frame.data) : held && takeDiff(held, frame.data);
  return next === held || next === undefined ? books : { ...books, [symbol]: next };
}

/** Takes the whole, then the diffs that waited for it. One that is older than what is held changes nothing. */
export function takeWhole(held: HeatmapBook | undefined, whole: Heatmap): HeatmapBook {
  if (held && held.waiting === null && whole.version < held.version) return held;
  const { tiles, dte_tile_counts: _counts, ...rest } = whole;
  const planes: Record<string, Plane> = {};
  for (const [key, { changed }] of changesByPlane(tiles, [])) {
    const plane = patched(undefined, changed, []);
    if (plane) planes[key] = plane;
  }
  return (held?.waiting ?? []).reduce<HeatmapBook>(takeDiff, { ...rest, planes, waiting: null });
}

/** Applies a diff that fits on the version held; ignores one that is not newer; otherwise the whole is needed again. */
export function takeDiff(held: HeatmapBook, diff: HeatmapDiff): HeatmapBook {
  if (diff.version <= held.version) return held;
  if (held.waiting !== null) return { ...held, waiting: [...held.waiting, diff].slice(-WAITING_MAX) };
  if (diff.prev_version !== held.version) return { ...held, waiting: [diff] };
  const { version, ts, market_ts, epoch, spot, dtes_available, atm_iv } = diff;
  return { ...held, version, ts, market_ts, epoch, spot, dtes_available, atm_iv, planes: planesAfter(held.planes, diff) };
}

function planesAfter(planes: Record<string, Plane>, { changed, removed, dtes_available }: HeatmapDiff): Record<string, Plane> {
  const dtes = new Set(dtes_available.map(String));
  const next: Record<string, Plane> = {};
  for (const [key, plane] of Object.entries(planes)) if (dtes.has(dteOf(key))) next[key] = plane;
  for (const [key, changes] of changesByPlane(changed, removed)) {
    const plane = dtes.has(dteOf(key)) ? patched(next[key], changes.changed, changes.removed) : null;
    if (plane) next[key] = plane;
    else delete next[key];
  }
  return next;
}

interface Changes {
  changed: Tile[];
  removed: TilePlace[];
}

/** What becomes of each plane, by `strategy:dte`. Tiles are keyed `strategy:dte:width:strike`. */
function changesByPlane(changed: Record<string, Tile>, removed: string[]): Map<string, Changes> {
  const all = new Map<string, Changes>();
  const of = (key: string) => {
    const known = all.get(key);
    if (known) return known;
    const fresh: Changes = { changed: [], removed: [] };
    all.set(key, fresh);
    return fresh;
  };
  for (const key in changed) {
    const tile = changed[key];
    if (tile) of(`${tile.strategy}:${tile.dte}`).changed.push(tile);
  }
  for (const key of removed) {
    const [strategy, dte, width, strike] = key.split(':');
    of(`${strategy}:${dte}`).removed.push({ width: Number(width), strike: Number(strike) });
  }
  return all;
}

function dteOf(planeKey: string): string {
  return planeKey.slice(planeKey.indexOf(':') + 1);
}
