import { alertText, words } from '../../kit/words';
import { alertId, feedEventId } from '../../live/reduce';
import type { Alert, FeedEvent } from '../../wire';

export type Source = 'fleet' | 'feed';

/** A line of the log. */
export interface Entry {
  id: string;
  source: Source;
  ts: number;
  /** What it is about: a service, a symbol or a path of the feed. */
  subject: string;
  text: string;
  detail: string;
  weight: 'calm' | 'notice' | 'alarm';
}

const CALM = new Set(['heartbeat_ok', 'healer_ok', 'container_healthy', 'redis_ok', 'docker_ok', 'truth_ok', 'heal_result', 'operator_stop']);
const ALARM = new Set(['heartbeat_miss', 'healer_miss', 'container_oom', 'crash_loop', 'quarantined', 'heal_exhausted', 'redis_down', 'fleet_miss']);

/** Alerts and feed events as one list, newest first, at most `max`. */
export function entries(alerts: Alert[], events: FeedEvent[], filter: Source | 'all', max: number): Entry[] {
  const fleet = filter === 'feed' ? [] : alerts.slice(0, max).map(alertEntry);
  const feed = filter === 'fleet' ? [] : events.slice(0, max).map(feedEntry);
  return [...fleet, ...feed].toSorted((a, b) => b.ts - a.ts).slice(0, max);
}

function alertEntry(alert: Alert): Entry {
  const late = alert.late_sec === undefined ? '' : words.log.lateBy(round(alert.late_sec), alert.timeout_sec);
  return {
    id: alertId(alert),
    source: 'fleet',
    ts: alert.ts,
    subject: alert.svc,
    text: alertText(alert.type),
    detail: [late, alert.reason?.replaceAll('_', ' ')].filter(Boolean).join(', '),
    weight: alertWeight(alert),
  };
}

function alertWeight({ type, severity }: Alert): Entry['weight'] {
  if (severity === 'critical' || ALARM.has(type)) return 'alarm';
  return severity === 'info' || CALM.has(type) ? 'calm' : 'notice';
}

function feedEntry(event: FeedEvent): Entry {
  const repeats = event.detail?.['repeats'];
  return {
    id: feedEventId(event),
    source: 'feed',
    ts: event.ts,
    subject: event.symbol ?? event.path ?? words.log.feed,
    text: alertText(event.type),
    detail: typeof repeats === 'number' ? words.log.repeated(repeats) : '',
    weight: event.severity === 'error' ? 'alarm' : event.severity === 'warn' ? 'notice' : 'calm',
  };
}

function round(sec: number): number {
  return Math.round(sec * 10) / 10;
}
