import type { Gex, GexSummary, Structures, VolumeProfile } from '../../wire';

/** Gamma of one strike, shares per point, both without sign. */
export interface StrikeGamma {
  strike: number;
  call: number;
  put: number;
}

/** A price that has a name. */
export interface Level {
  kind: 'callWall' | 'putWall' | 'zeroGamma' | 'flip';
  price: number;
}

/** What is drawn over the bars; null is not drawn. */
export interface Overlay {
  gex: StrikeGamma[] | null;
  gexMode: 'sides' | 'net';
  profile: VolumeProfile | null;
  structures: Structures | null;
  levels: Level[];
}

export const NO_OVERLAY: Overlay = { gex: null, gexMode: 'sides', profile: null, structures: null, levels: [] };

/** Expiration dates that have gamma, the nearest first. */
export function expirationsOf(gex: Gex | undefined): string[] {
  const dates = [...Object.keys(gex?.calls?.expirations ?? {}), ...Object.keys(gex?.puts?.expirations ?? {})];
  return [...new Set(dates)].toSorted();
}

/** Gamma by strike, ascending, of one expiration or of all (`null`). */
export function strikesOf(gex: Gex | undefined, expiration: string | null): StrikeGamma[] {
  const sums = new Map<number, StrikeGamma>();
  for (const right of ['call', 'put'] as const) {
    for (const [date, strikes] of Object.entries(gex?.[`${right}s`]?.expirations ?? {})) {
      if (expiration !== null && date !== expiration) continue;
      for (const [text, gamma] of Object.entries(strikes)) {
        const strike = Number(text);
        const held = sums.get(strike) ?? { strike, call: 0, put: 0 };
        sums.set(strike, { ...held, [right]: held[right] + gamma });
      }
    }
  }
  return [...sums.values()].toSorted((a, b) => a.strike - b.strike);
}

/** Walls, zero gamma and the nearer flip; what is unknown is left out. */
export function levelsOf(summary: GexSummary | undefined): Level[] {
  if (!summary) return [];
  const named: [Level['kind'], number | null][] = [
    ['callWall', summary.call_wall], ['zeroGamma', summary.zero_gamma], ['flip', summary.strike_flip.nearest], ['putWall', summary.put_wall],
  ];
  return named.flatMap(([kind, price]) => (price === null ? [] : [{ kind, price }]));
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
const PROFILE_SHARE = 0.2;
const PROFILE_MAX_PX = 170;
const PROFILE_MIN_ROW_PX = 2;

/** Names of the levels in view and where to write them; those too near to be told apart share a line. */
export function levelLabels(levels: Level[], stage: Stage): { kinds: Level['kind'][]; y: number }[] {
  const labels: { kinds: Level['kind'][]; y: number }[] = [];
  for (const { kind, price } of levels.toSorted((a, b) => b.price - a.price)) {
    const y = yOf(price, stage);
    if (y < 0 || y > stage.height) continue;
    const last = labels.at(-1);
    if (last && y - last.y < LABEL_PX) last.kinds.push(kind);
    else labels.push({ kinds: [kind], y });
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
export function profileBars({ levels, step, structures }: VolumeProfile, stage: Stage): Bar[] {
  const rows = inRows(levels, ({ price }) => price, step, PROFILE_MIN_ROW_PX, stage).map(({ price, height, items }) => ({
    price, height, volume: sum(items.map((item) => item.volume)),
  }));
  const largest = Math.max(...rows.map(({ volume }) => volume), 0);
  if (largest === 0) return [];
  const full = Math.min(PROFILE_MAX_PX, stage.width * PROFILE_SHARE);
  return rows.map(({ price, height, volume }) => ({
    kind: structures.node_ranges.some(([low, high]) => price >= low && price <= high) ? 'node' : 'volume',
    x: 0,
    y: yOf(price, stage) - height / 2,
    width: (full * volume) / largest,
    height: Math.max(1, height - (height > 4 ? 1 : 0)),
  }));
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
