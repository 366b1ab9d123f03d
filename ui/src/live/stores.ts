import { create, type StoreApi } from 'zustand';
import { type Family, type Frame, type FramesOf, isOf } from './frames';
import { type HeatmapBooks, NO_HEATMAPS, reduceHeatmaps } from './heatmap';
import { type Line, NO_LINE } from './line';
import { type Models, NO_MODELS, reduceModels } from './models';
import { NO_PRICES, type Prices, reducePrices } from './prices';
import { NO_WATCH, reduceWatch, type Watch } from './watch';

// What the page holds of the live world, one store for each family of topics, so that a change of one wakes no reader of
// another. Components read them through selectors; only the stream and fetched answers write them.

export const useLine = create<Line>(() => NO_LINE);
export const usePrices = create<Prices>(() => NO_PRICES);
export const useModels = create<Models>(() => NO_MODELS);
/** By symbol. */
export const useHeatmaps = create<HeatmapBooks>(() => NO_HEATMAPS);
export const useWatch = create<Watch>(() => NO_WATCH);

/** Takes frames in the order in which they came. A family changes once, however many of them are its own. */
export function take(frames: Frame[]) {
  takeOwn('prices', usePrices, reducePrices, frames);
  takeOwn('models', useModels, reduceModels, frames);
  takeOwn('heatmaps', useHeatmaps, reduceHeatmaps, frames);
  takeOwn('watch', useWatch, reduceWatch, frames);
}

function takeOwn<F extends Family, S>(family: F, store: StoreApi<S>, reduce: (state: S, frame: FramesOf<F>) => S, frames: Frame[]) {
  const own = frames.filter((frame) => isOf(family, frame));
  if (own.length > 0) store.setState((state) => own.reduce(reduce, state), true);
}

/** Nothing of whoever was signed in stays. */
export function forget() {
  useLine.setState(NO_LINE, true);
  usePrices.setState(NO_PRICES, true);
  useModels.setState(NO_MODELS, true);
  useHeatmaps.setState(NO_HEATMAPS, true);
  useWatch.setState(NO_WATCH, true);
}
