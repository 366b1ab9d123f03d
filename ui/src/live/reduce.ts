import type { Alert, Candles, Clock, FeedEvent, Fleet, SpotMap, Tick } from '../wire';
import { extendBook, mergeBook } from './candles';
import { type ModelTopics, reduceModels } from './models';
import type { Live, Pulse, Trace } from './state';

/** What the stream carries, by event name. */
export interface Topics extends ModelTopics {
  spot: SpotMap;
  tick: Tick;
  clock: Clock;
  candles: Candles;
  fleet: Fleet;
  fleet_alert: Alert;
  feed_event: FeedEvent;
}

export type Frame = { [K in keyof Topics]: { event: K; data: Topics[K] } }[keyof Topics];

export const EVENTS: (keyof Topics)[] = [
  'spot', 'tick', 'clock', 'gex', 'gex_summary', 'heatmap', 'heatmap_diff', 'candles', 'market_mode', 'vix_regime', 'bias_lfi', 'volume_profile',
  'dealer_gravity_artifact_updated', 'fleet', 'fleet_alert', 'feed_event',
];

/** Topics that carry an event of another name. */
const CARRIERS: Partial<Record<keyof Topics, string>> = { heatmap_diff: 'heatmap', dealer_gravity_artifact_updated: 'dealer_gravity' };

export const TOPICS = [...new Set(EVENTS.map((event) => CARRIERS[event] ?? event))];

const TRACE_POINTS = 180;
const LIST_MAX = 500;

/** The state after one frame. */
export function reduce(live: Live, frame: Frame): Live {
  switch (frame.event) {
    case 'spot':
      return takeSpots(live, frame.data);
    case 'tick':
      return takeTick(live, frame.data);
    case 'clock':
      return { ...live, clock: frame.data };
    case 'candles':
      return takeCandles(live, frame.data);
    case 'fleet':
      return takeFleet(live, frame.data);
    case 'fleet_alert':
      return { ...live, alerts: prepend(live.alerts, [frame.data], alertId) };
    case 'feed_event':
      return { ...live, feedEvents: prepend(live.feedEvents, [frame.data], feedEventId) };
    default:
      return { ...live, models: reduceModels(live.models, frame) };
  }
}

function takeSpots(live: Live, changed: SpotMap): Live {
  const spots = { ...live.spots };
  const traces = { ...live.traces };
  const books = { ...live.books };
  for (const [symbol, spot] of Object.entries(changed)) {
    // While one stream replaces another both are read, and the older one may be behind.
    if (spot.ts < (spots[symbol]?.ts ?? 0)) continue;
    spots[symbol] = spot;
    traces[symbol] = nextTrace(traces[symbol], spot.value, spot.ts);
    const book = books[symbol];
    if (book) books[symbol] = extendBook(book, spot.value, spot.market_ts);
  }
  return { ...live, spots, traces, books };
}

/** Adds a price to the trace; within the same second it replaces the last one. */
export function nextTrace(held: Trace | undefined, value: number, ts: number): Trace {
  if (!held) return { values: [value], lastTs: ts };
  if (ts - held.lastTs < 1) return { values: [...held.values.slice(0, -1), value], lastTs: held.lastTs };
  return { values: [...held.values.slice(1 - TRACE_POINTS), value], lastTs: ts };
}

function takeTick(live: Live, tick: Tick): Live {
  const book = live.books[tick.symbol];
  const isPrice = (tick.ev === 'V' || tick.ev === 'T') && !tick.late;
  if (!book || !isPrice || tick.p === undefined) return live;
  return { ...live, books: { ...live.books, [tick.symbol]: extendBook(book, tick.p, tick.t / 1000) } };
}

/** Takes bars from the stream or from an answer; the newest price, which is younger than any bar, is carried in again. */
export function takeCandles(live: Live, candles: Candles): Live {
  const merged = mergeBook(live.books[candles.symbol], candles);
  const spot = live.spots[candles.symbol];
  const book = spot ? extendBook(merged, spot.value, spot.market_ts) : merged;
  return { ...live, books: { ...live.books, [candles.symbol]: book } };
}

function takeFleet(live: Live, fleet: Fleet): Live {
  const pulses: Record<string, Pulse> = {};
  for (const { id, hb_age_sec } of fleet.services) {
    const held = live.pulses[id];
    pulses[id] = nextPulse(held, hb_age_sec === null ? null : fleet.ts - hb_age_sec);
  }
  // An alert raised while the line was cut is still each service's last one.
  const reported = fleet.services.flatMap((service) => service.last_alert ?? []);
  return { ...live, fleet, pulses, alerts: prepend(live.alerts, reported, alertId) };
}

/** Takes earlier alerts and events, which the stream does not repeat. */
export function takeHistory(live: Live, alerts: Alert[], feedEvents: FeedEvent[]): Live {
  return {
    ...live,
    alerts: prepend(live.alerts, alerts, alertId),
    feedEvents: prepend(live.feedEvents, feedEvents, feedEventId),
  };
}

/** Half a second of leeway: ages are rounded, and a rounded age is not a beat. */
function nextPulse(held: Pulse | undefined, atSec: number | null): Pulse {
  if (!held) return { atSec: atSec ?? 0, count: 0 };
  if (atSec === null || atSec - held.atSec < 0.5) return held;
  return { atSec, count: held.count + 1 };
}

/** Two alerts are the same when this is. */
export function alertId(alert: Alert): string {
  return `${alert.type}|${alert.svc}|${alert.ts}`;
}

export function feedEventId(event: FeedEvent): string {
  return `${event.type}|${event.symbol}|${event.path}|${event.ts}`;
}

/** Newest first, each once, at most 500. Returns the list itself when nothing is new. */
export function prepend<T extends { ts: number }>(held: T[], incoming: T[], idOf: (item: T) => string): T[] {
  const known = new Set(held.map(idOf));
  const fresh = incoming.filter((item) => !known.has(idOf(item)) && known.add(idOf(item)));
  if (fresh.length === 0) return held;
  return [...fresh, ...held].toSorted((a, b) => b.ts - a.ts).slice(0, LIST_MAX);
}
