import type { Artifact, GexSummary, GravityContext } from '../../wire';

export type RungKind = 'callWall' | 'putWall' | 'zeroGamma' | 'flip' | 'node' | 'spot';

/** A level on the ladder around the price. */
export interface Rung {
  kind: RungKind;
  price: number;
}

/** Every known level with the price among them, the highest first. */
export function ladder(spot: number, summary: GexSummary | undefined, node: number | null): Rung[] {
  const named: [RungKind, number | null | undefined][] = [
    ['callWall', summary?.call_wall], ['zeroGamma', summary?.zero_gamma], ['flip', summary?.strike_flip.nearest], ['putWall', summary?.put_wall], ['node', node],
    ['spot', spot],
  ];
  return named.flatMap(([kind, price]) => (typeof price === 'number' ? [{ kind, price }] : [])).toSorted((a, b) => b.price - a.price);
}

/** Points from the price to the nearest volume node; null without one. */
export function toNode({ spot, nearest_volume_node: node }: GravityContext): number | null {
  return node === null ? null : node - spot;
}

export interface MiniBar {
  /** Lower edge, points. */
  price: number;
  /** 0 to 1 of the largest shown. */
  size: number;
  isNode: boolean;
}

const MINI_ROWS = 40;
const MINI_REACH = 0.012;

/** The profile within 1.2 % of the price in at most 40 rows, the highest first. */
export function miniProfile(artifact: Artifact, spot: number): MiniBar[] {
  const { min, step, bins } = artifact.profile;
  const first = Math.max(0, Math.round((spot * (1 - MINI_REACH) - min) / step));
  const last = Math.min(bins.length - 1, Math.round((spot * (1 + MINI_REACH) - min) / step));
  const perRow = Math.max(1, Math.ceil((last - first + 1) / MINI_ROWS));
  const rows: { price: number; volume: number }[] = [];
  for (let n = first; n <= last; n += perRow) {
    rows.push({ price: min + n * step, volume: bins.slice(n, Math.min(n + perRow, last + 1)).reduce((sum, bin) => sum + bin, 0) });
  }
  const largest = Math.max(...rows.map(({ volume }) => volume), 0);
  const ranges = artifact.structures.node_ranges;
  return rows.toReversed().map(({ price, volume }) => ({
    price, size: largest === 0 ? 0 : volume / largest, isNode: ranges.some(([low, high]) => price + perRow * step > low && price <= high),
  }));
}

/** Where `price` lies on the rows of a mini-profile, 0 at the top and 1 at the bottom; null outside. */
export function placeOf(price: number, bars: MiniBar[]): number | null {
  const top = bars[0];
  const next = bars[1];
  const bottom = bars.at(-1);
  if (!top || !next || !bottom) return null;
  const height = top.price - next.price;
  const at = (top.price + height - price) / (top.price + height - bottom.price);
  return at >= 0 && at <= 1 ? at : null;
}
