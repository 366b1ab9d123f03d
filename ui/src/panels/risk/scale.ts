import { indexAt, type Range, valueAt } from '../../kit/risk/grid';

/** Where prices and dollars lie on the graph. */
export interface Stage {
  width: number;
  height: number;
  view: Range;
  /** Lowest and highest dollars shown. */
  money: Range;
}

export const PAD = { left: 52, right: 12, top: 40, bottom: 28 };
const ZOOM = 1.3;
const LEAST_VIEW = 0.002;

export function xOf({ width, view }: Stage, price: number): number {
  return PAD.left + ((price - view[0]) / (view[1] - view[0])) * (width - PAD.left - PAD.right);
}

export function yOf({ height, money }: Stage, dollars: number): number {
  return PAD.top + ((money[1] - dollars) / (money[1] - money[0])) * (height - PAD.top - PAD.bottom);
}

export function priceAt({ width, view }: Stage, x: number): number {
  return view[0] + ((x - PAD.left) / Math.max(1, width - PAD.left - PAD.right)) * (view[1] - view[0]);
}

export interface FitFacts {
  spot: number;
  strikes: readonly number[];
  /** Points that one expected move to the next expiration is. */
  move: number;
}

/** Strikes and price with room beside them. */
export function fitView({ spot, strikes, move }: FitFacts): Range {
  const low = Math.min(spot, ...strikes);
  const high = Math.max(spot, ...strikes);
  const room = Math.max((high - low) * 0.4, move * 0.5, spot * 0.002);
  return [low - room, high + room];
}

/** How far the fitting view may slip past what is shown, and how much wider that may be. */
const SLIP = 0.12;
const SLACK = 1.3;

/** What is shown while `fit` would fit: the same as before as long as it will do, so that neither prices nor a moving butterfly shake it. */
export function steadyView(held: Range | null, fit: Range | null): Range | null {
  if (!held || !fit) return fit;
  const room = (fit[1] - fit[0]) * SLIP;
  const isGood = held[0] <= fit[0] + room && held[1] >= fit[1] - room && held[1] - held[0] <= (fit[1] - fit[0]) * SLACK;
  return isGood ? held : fit;
}

/** `view` moved by a share of itself, kept within `full`. */
export function panned(view: Range, share: number, full: Range): Range {
  return within([view[0] + (view[1] - view[0]) * share, view[1] + (view[1] - view[0]) * share], full);
}

/** Nearer (1) or farther (-1), around `centre`. */
export function zoomed(view: Range, way: 1 | -1, centre: number, full: Range): Range {
  const span = view[1] - view[0];
  const next = Math.min(full[1] - full[0], Math.max(centre * LEAST_VIEW, span * (way > 0 ? 1 / ZOOM : ZOOM)));
  const share = (centre - view[0]) / span;
  return within([centre - next * share, centre + next * (1 - share)], full);
}

function within([low, high]: Range, full: Range): Range {
  const span = Math.min(high - low, full[1] - full[0]);
  const start = Math.min(Math.max(low, full[0]), full[1] - span);
  return [start, start + span];
}

/** Round numbers within a range, about `count` of them. */
export function ticks([low, high]: Range, count: number): number[] {
  const step = niceStep((high - low) / Math.max(1, count));
  const all: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) all.push(n * step);
  return all;
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  const share = rough / power;
  return power * (share < 1.5 ? 1 : share < 3 ? 2 : share < 7 ? 5 : 10);
}

/** Lowest and highest of the lines within view, zero among them, with room; in round steps, so that ticks of the price do not shake it. */
export function moneyRange(xs: Float64Array, lines: readonly Float64Array[], view: Range): Range {
  let [low, high] = [0, 0];
  const take = (value: number) => {
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const line of lines) {
    for (const edge of view) take(valueAt(xs, line, edge));
    for (let n = indexAt(xs, view[0]) + 1; n < xs.length && (xs[n] ?? Infinity) <= view[1]; n++) take(line[n] ?? 0);
  }
  const step = niceStep(Math.max(high - low, 10) / 12);
  return [Math.floor((low - step / 2) / step) * step, Math.ceil((high + step / 2) / step) * step];
}

/** Points from just left to just right of the view. */
function* inView(xs: Float64Array, { view }: Stage): Generator<number> {
  const last = Math.min(xs.length - 1, indexAt(xs, view[1]) + 1);
  for (let n = indexAt(xs, view[0]); n <= last; n++) yield n;
}

export function linePath(xs: Float64Array, ys: Float64Array, stage: Stage): string {
  let path = '';
  for (const n of inView(xs, stage)) path += `${path ? 'L' : 'M'}${xOf(stage, xs[n] ?? 0).toFixed(1)} ${yOf(stage, ys[n] ?? 0).toFixed(1)}`;
  return path;
}

/** What lies between a line and zero. */
export function areaPath(xs: Float64Array, ys: Float64Array, stage: Stage): string {
  const line = linePath(xs, ys, stage);
  if (!line) return '';
  const zero = yOf(stage, 0).toFixed(1);
  const first = xOf(stage, xs[indexAt(xs, stage.view[0])] ?? 0).toFixed(1);
  const last = xOf(stage, xs[Math.min(xs.length - 1, indexAt(xs, stage.view[1]) + 1)] ?? 0).toFixed(1);
  return `${line}L${last} ${zero}L${first} ${zero}Z`;
}
