import type { HeatmapTopics } from './heatmap';
import type { ModelTopics } from './models';
import type { PriceTopics } from './prices';
import type { WatchTopics } from './watch';

/** One event of the topics `T` as it came. */
export type FrameOf<T> = { [K in keyof T]: { event: K; data: T[K] } }[keyof T];

/** What the stream carries, by event name. */
export interface Topics extends PriceTopics, ModelTopics, HeatmapTopics, WatchTopics {}

export type Frame = FrameOf<Topics>;

/** The family that holds what an event brings, in the order in which topics are asked for. */
const FAMILY_OF = {
  spot: 'prices',
  tick: 'prices',
  clock: 'prices',
  gex: 'models',
  gex_summary: 'models',
  heatmap: 'heatmaps',
  heatmap_diff: 'heatmaps',
  candles: 'prices',
  market_mode: 'models',
  vix_regime: 'models',
  bias_lfi: 'models',
  volume_profile: 'models',
  dealer_gravity_artifact_updated: 'models',
  fleet: 'watch',
  fleet_alert: 'watch',
  feed_event: 'watch',
} as const satisfies { [K in keyof Topics]: K extends keyof PriceTopics ? 'prices' : K extends keyof ModelTopics ? 'models' : K extends keyof HeatmapTopics ? 'heatmaps' : 'watch' };

export type Family = (typeof FAMILY_OF)[keyof Topics];

/** The frames that a family holds. */
export type FramesOf<F extends Family> = Extract<Frame, { event: { [K in keyof Topics]: (typeof FAMILY_OF)[K] extends F ? K : never }[keyof Topics] }>;

export function isOf<F extends Family>(family: F, frame: Frame): frame is FramesOf<F> {
  return FAMILY_OF[frame.event] === family;
}

export const EVENTS = Object.keys(FAMILY_OF) as (keyof Topics)[];

/** Topics that carry an event of another name. */
const CARRIERS: Partial<Record<keyof Topics, string>> = { heatmap_diff: 'heatmap', dealer_gravity_artifact_updated: 'dealer_gravity' };

export const TOPICS = [...new Set(EVENTS.map((event) => CARRIERS[event] ?? event))];
