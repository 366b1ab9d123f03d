import type { Level, StrikeGamma } from '../../kit/gamma';
import type { Structures, VolumeProfile } from '../../wire';
import type { PositionLine } from './lines';

/** How the profile is drawn. */
export interface ProfileLook {
  /** Length of the longest bar, 0 to 1 of the chart. */
  share: number;
  /** Bars are cut at the mean plus so many standard deviations; 0 cuts none. */
  cap: number;
}

/** What is drawn over the bars; null is not drawn. */
export interface Overlay {
  gex: StrikeGamma[] | null;
  gexMode: 'sides' | 'net';
  profile: VolumeProfile | null;
  look: ProfileLook;
  structures: Structures | null;
  levels: Level[];
  /** One expected move around the price. */
  move: { low: number; high: number } | null;
  positions: PositionLine[];
}

export const NO_OVERLAY: Overlay = {
  gex: null, gexMode: 'sides', profile: null, look: { share: 0.2, cap: 0 }, structures: null, levels: [], move: null, positions: [],
};

/** The volume nodes nearest to the price on either side; null where there is none. */
export function nodesAround(spot: number, structures: Structures | null): { above: number | null; below: number | null } {
  const prices = structures?.volume_nodes.map(({ price }) => price) ?? [];
  const above = prices.filter((price) => price >= spot);
  const below = prices.filter((price) => price < spot);
  return { above: above.length > 0 ? Math.min(...above) : null, below: below.length > 0 ? Math.max(...below) : null };
}

/** Where prices lie on the canvas: linear. */
export interface Stage {
  width: number;
  height: number;
  /** Pixel of price 0, and pixels per point (negative: prices grow upwards). */
  zeroY: number;
  perPoint: number;
}

export interface Bar {
  kind: 'call' | 'put' | 'above' | 'below' | 'volume' | 'node';
  /** Longer than it is drawn. */
  isCut?: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

const GEX_SHARE = 0.22;
const GEX_MAX_PX = 190;
const GEX_MIN_ROW_PX = 6;
const GEX_MAX_ROW_PX = 20;
const LABEL_PX = 13;
const PROFILE_MIN_ROW_PX = 2;

/** Where names of prices in view are written; those too near to be told apart share a line. */
export function labelPlaces<T extends { price: number }>(named: T[], stage: Stage): { items: T[]; y: number }[] {
  const labels: { items: T[]; y: number }[] = [];
  for (const item of named.toSorted((a, b) => b.price - a.price)) {
    const y = yOf(item.price, stage);
    if (y < 0 || y > stage.height) continue;
    const last = labels.at(-1);
    if (last && y - last.y < LABEL_PX) last.items.push(item);
    else labels.push({ items: [item], y });
  }
  return labels;
}

/** How far the longest gamma bar reaches. */
export function gexReach({ width }: Stage): number {
  return Math.min(GEX_MAX_PX, width * GEX_SHARE);
}

/** Bars from the right edge: calls over puts, or their difference. Neighbours are added up where a strike has no room. */
export function gexBars(strikes: StrikeGamma[], mode: Overlay['gexMode'], stage: Stage): Bar[] {
  const spacing = spacingOf(strikes.map(({ strike }) => strike));
  const rows = inRows(strikes, ({ strike }) => strike, spacing, GEX_MIN_ROW_PX, stage).map(({ price, height, items }) => {
    const call = sum(items.map((item) => item.call));
    const put = sum(items.map((item) => item.put));
    return { y: yOf(price, stage), height: Math.min(GEX_MAX_ROW_PX, height * 0.8), call, put, net: call - put };
  });
  const largest = Math.max(...rows.map(({ call, put, net }) => (mode === 'net' ? Math.abs(net) : Math.max(call, put))), 0);
  if (largest === 0) return [];
  const full = gexReach(stage);
  const bars: Bar[] = [];
  const add = (kind: Bar['kind'], value: number, y: number, height: number) => {
    const width = (full * value) / largest;
    if (width >= 0.5) bars.push({ kind, x: stage.width - width, y, width, height });
  };
  for (const { y, height, call, put, net } of rows) {
    const top = y - height / 2;
    if (mode === 'net') add(net >= 0 ? 'above' : 'below', Math.abs(net), top, height);
    else {
      add('call', call, top, height / 2);
      add('put', put, y, height / 2);
    }
  }
  return bars;
}

/** Bars from the left edge: volume by price, `node` within the ranges that drew much of it. */
export function profileBars({ levels, step, structures }: VolumeProfile, { share, cap }: ProfileLook, stage: Stage): Bar[] {
  const rows = inRows(levels, ({ price }) => price, step, PROFILE_MIN_ROW_PX, stage).map(({ price, height, items }) => ({
    price, height, volume: sum(items.map((item) => item.volume)),
  }));
  const largest = Math.min(Math.max(...rows.map(({ volume }) => volume), 0), capOf(rows.map(({ volume }) => volume), cap));
  if (largest === 0) return [];
  const full = stage.width * share;
  return rows.map(({ price, height, volume }) => ({
    kind: structures.node_ranges.some(([low, high]) => price >= low && price <= high) ? 'node' : 'volume',
    isCut: volume > largest,
    x: 0,
    y: yOf(price, stage) - height / 2,
    width: (full * Math.min(volume, largest)) / largest,
    height: Math.max(1, height - (height > 4 ? 1 : 0)),
  }));
}

/** Mean plus `sigmas` standard deviations; without limit for 0, or for nothing. */
export function capOf(values: number[], sigmas: number): number {
  if (sigmas === 0 || values.length === 0) return Infinity;
  const mean = sum(values) / values.length;
  return mean + sigmas * Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
}

interface Row<T> {
  price: number;
  /** Pixels. */
  height: number;
  items: T[];
}

/** The visible items in rows of equal height, each as many `spacing` high as `minPx` needs. */
function inRows<T>(items: T[], priceOf: (item: T) => number, spacing: number, minPx: number, stage: Stage): Row<T>[] {
  const px = Math.abs(stage.perPoint) * spacing;
  if (!(px > 0)) return [];
  const points = spacing * Math.ceil(minPx / px);
  const height = Math.abs(stage.perPoint) * points;
  const rows = new Map<number, Row<T>>();
  for (const item of items) {
    const price = Math.round(priceOf(item) / points) * points;
    const y = yOf(price, stage);
    if (y < -height || y > stage.height + height) continue;
    const row = rows.get(price) ?? { price, height, items: [] };
    row.items.push(item);
    rows.set(price, row);
  }
  return [...rows.values()];
}

/** The smallest distance of neighbours; 0 below two. */
function spacingOf(ascending: number[]): number {
  const gaps = ascending.slice(1).map((value, n) => value - (ascending[n] ?? value));
  return gaps.length > 0 ? Math.min(...gaps) : 0;
}

export function yOf(price: number, { zeroY, perPoint }: Stage): number {
  return zeroY + price * perPoint;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
