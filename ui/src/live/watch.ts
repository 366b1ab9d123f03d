import type { Alert, FeedEvent, Fleet } from '../wire';
import type { FrameOf } from './frames';

/** What the stream tells of the fleet and of the market's feed, by event name. */
export interface WatchTopics {
  fleet: Fleet;
  fleet_alert: Alert;
  feed_event: FeedEvent;
}

/** When a service last beat (server's wall time) and how many beats were seen. */
export interface Pulse {
  atSec: number;
  count: number;
}

/** How the fleet is, and what was said of it and of the feed. */
export interface Watch {
  fleet: Fleet | null;
  pulses: Record<string, Pulse>;
  /** Newest first. */
  alerts: Alert[];
  /** Newest first. */
  feedEvents: FeedEvent[];
}

export const NO_WATCH: Watch = { fleet: null, pulses: {}, alerts: [], feedEvents: [] };

const LIST_MAX = 500;

/** What is known of the fleet after one frame. */
export function reduceWatch(watch: Watch, frame: FrameOf<WatchTopics>): Watch {
  switch (frame.event) {
    case 'fleet':
      return takeFleet(watch, frame.data);
    case 'fleet_alert':
      return { ...watch, alerts: prepend(watch.alerts, [frame.data], alertId) };
    case 'feed_event':
      return { ...watch, feedEvents: prepend(watch.feedEvents, [frame.data], feedEventId) };
  }
}

function takeFleet(watch: Watch, fleet: Fleet): Watch {
  const pulses: Record<string, Pulse> = {};
  for (const { id, hb_age_sec } of fleet.services) {
    const held = watch.pulses[id];
    pulses[id] = nextPulse(held, hb_age_sec === null ? null : fleet.ts - hb_age_sec);
  }
  // An alert raised while the line was cut is still each service's last one.
  const reported = fleet.services.flatMap((service) => service.last_alert ?? []);
  return { ...watch, fleet, pulses, alerts: prepend(watch.alerts, reported, alertId) };
}

/** Takes earlier alerts and events, which the stream does not repeat. */
export function takeHistory(watch: Watch, alerts: Alert[], feedEvents: FeedEvent[]): Watch {
  return {
    ...watch,
    alerts: prepend(watch.alerts, alerts, alertId),
    feedEvents: prepend(watch.feedEvents, feedEvents, feedEventId),
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
