import { alertText, words } from '../../kit/words';
import { alertId, feedEventId } from '../../live/watch';
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

const WEIGHTS = ['calm', 'notice', 'alarm'] as const;

/** What the user wants to see of the log. */
export interface Filter {
  source: Source | 'all';
  /** Nothing lighter. */
  weight: Entry['weight'];
}

/** Alerts and feed events as one list, newest first. */
export function entries(alerts: Alert[], events: FeedEvent[], { source, weight }: Filter): Entry[] {
  const fleet = source === 'feed' ? [] : alerts.map(alertEntry);
  const feed = source === 'fleet' ? [] : events.map(feedEntry);
  const least = WEIGHTS.indexOf(weight);
  return [...fleet, ...feed].filter((entry) => WEIGHTS.indexOf(entry.weight) >= least).toSorted((a, b) => b.ts - a.ts);
}

/** A line that stands for all repeats of one kind. */
export interface Fold extends Entry {
  /** The repeats, newest first, the line's own entry among them. */
  all: Entry[];
}

/**
 * Repeats of one kind as one line at the place of the newest. What is calm is folded wherever it repeats; anything
 * else only while nothing but calm lines lies between, so that the order of an incident can still be read.
 */
export function folded(list: Entry[], max: number): Fold[] {
  const folds: Fold[] = [];
  const open = new Map<string, Fold>();
  for (const entry of list) {
    const kind = `${entry.source}|${entry.subject}|${entry.text}|${entry.weight}`;
    const held = open.get(kind);
    if (held) held.all.push(entry);
    else {
      if (entry.weight !== 'calm') for (const [key, fold] of open) if (fold.weight !== 'calm') open.delete(key);
      const fold = { ...entry, all: [entry] };
      open.set(kind, fold);
      folds.push(fold);
    }
  }
  return folds.slice(0, max);
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
