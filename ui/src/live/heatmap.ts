import type { Heatmap, HeatmapDiff, Strategy, Tile } from '../wire';

/** Diffs kept while the whole is on its way: ten seconds of them. */
const WAITING_MAX = 40;

/** The tiles of one strategy and one expiration, by `width:strike`. */
export type Plane = ReadonlyMap<string, Tile>;

/** The heatmap of one symbol. A diff replaces only the planes it touches. */
export interface HeatmapBook extends Omit<Heatmap, 'tiles' | 'dte_tile_counts'> {
  /** By `strategy:dte`. */
  planes: Record<string, Plane>;
  /** A diff was missed: the whole must be read again. What came since waits, oldest first. */
  waiting: HeatmapDiff[] | null;
}

const NO_TILES: Plane = new Map();

export function planeOf(book: HeatmapBook | undefined, strategy: Strategy, dte: number): Plane {
  return book?.planes[`${strategy}:${dte}`] ?? NO_TILES;
}

/** Takes the whole, then the diffs that waited for it. One that is older than what is held changes nothing. */
export function takeWhole(held: HeatmapBook | undefined, whole: Heatmap): HeatmapBook {
  if (held && held.waiting === null && whole.version < held.version) return held;
  const { tiles, dte_tile_counts: _counts, ...rest } = whole;
  const planes: Record<string, Map<string, Tile>> = {};
  for (const [key, tile] of Object.entries(tiles)) {
    const { plane, place } = parts(key);
    (planes[plane] ??= new Map()).set(place, tile);
  }
  return (held?.waiting ?? []).reduce<HeatmapBook>(takeDiff, { ...rest, planes, waiting: null });
}

/** Applies a diff that fits on the version held; ignores one that is not newer; otherwise the whole is needed again. */
export function takeDiff(held: HeatmapBook, diff: HeatmapDiff): HeatmapBook {
  if (diff.version <= held.version) return held;
  if (held.waiting !== null) return { ...held, waiting: [...held.waiting, diff].slice(-WAITING_MAX) };
  if (diff.prev_version !== held.version) return { ...held, waiting: [diff] };
  const { version, ts, market_ts, epoch, spot, dtes_available, atm_iv } = diff;
  return { ...held, version, ts, market_ts, epoch, spot, dtes_available, atm_iv, planes: patched(held.planes, diff) };
}

function patched(planes: Record<string, Plane>, { changed, removed, dtes_available }: HeatmapDiff): Record<string, Plane> {
  const fresh: Record<string, Map<string, Tile>> = {};
  const open = (plane: string) => (fresh[plane] ??= new Map(planes[plane]));
  for (const [key, tile] of Object.entries(changed)) {
    const { plane, place } = parts(key);
    open(plane).set(place, tile);
  }
  for (const key of removed) {
    const { plane, place } = parts(key);
    open(plane).delete(place);
  }
  const all: Record<string, Plane> = { ...planes, ...fresh };
  const dtes = new Set(dtes_available.map(String));
  return Object.fromEntries(Object.entries(all).filter(([plane]) => dtes.has(plane.slice(plane.indexOf(':') + 1))));
}

/** `butterfly:0` and `20:6650` of `butterfly:0:20:6650`. */
function parts(key: string): { plane: string; place: string } {
  const cut = key.indexOf(':', key.indexOf(':') + 1);
  return { plane: key.slice(0, cut), place: key.slice(cut + 1) };
}
