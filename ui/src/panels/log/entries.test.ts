import { describe, expect, test } from 'vitest';
import { alertOf } from '../../test/samples';
import type { FeedEvent } from '../../wire';
import { entries, type Filter, folded } from './entries';

const event = (change: Partial<FeedEvent>): FeedEvent => ({
  type: 'feed_gap', ts: 100, market_ts: 100, severity: 'warn', symbol: null, path: '/indices', detail: {}, ...change,
});

const ALL: Filter = { source: 'all', weight: 'calm' };

describe('entries', () => {
  test('alerts and events are one list, newest first', () => {
    const list = entries([alertOf({ ts: 90 })], [event({ ts: 100 }), event({ ts: 80 })], ALL);
    expect(list.map((entry) => [entry.source, entry.ts])).toEqual([['feed', 100], ['fleet', 90], ['feed', 80]]);
    expect(entries([alertOf({})], [event({})], { ...ALL, source: 'fleet' })).toHaveLength(1);
    expect(entries([alertOf({})], [event({})], { ...ALL, source: 'feed' })).toHaveLength(1);
  });

  test.each<[Parameters<typeof alertOf>[0], string, string, string]>([
    [{ type: 'heartbeat_miss', late_sec: 30.84, timeout_sec: 30 }, 'Heartbeat missed', 'no beat for 30.8 s (limit 30 s)', 'alarm'],
    [{ type: 'heartbeat_miss', late_sec: 30, reason: 'operator_stop' }, 'Heartbeat missed', 'no beat for 30 s, operator stop', 'alarm'],
    [{ type: 'heartbeat_ok', age_sec: 0.4 }, 'Heartbeat back', '', 'calm'],
    [{ type: 'leader_change' }, 'Leader change', '', 'notice'],
    [{ type: 'leader_change', severity: 'critical' }, 'Leader change', '', 'alarm'],
    [{ type: 'leader_change', severity: 'info' }, 'Leader change', '', 'calm'],
  ])('%o', (change, text, detail, weight) => {
    expect(entries([alertOf(change)], [], ALL)[0]).toMatchObject({ subject: 'massive', text, detail, weight });
  });

  test('a feed event names its symbol, else its path', () => {
    const subject = (change: Partial<FeedEvent>) => entries([], [event(change)], ALL)[0]?.subject;
    expect(subject({ symbol: 'I:SPX' })).toBe('I:SPX');
    expect(subject({})).toBe('/indices');
    expect(subject({ path: null })).toBe('Feed');
    expect(entries([], [event({ severity: 'error', detail: { repeats: 3 } })], ALL)[0]).toMatchObject({ detail: '×3', weight: 'alarm' });
  });
});

describe('weight', () => {
  test('nothing lighter than wanted is listed', () => {
    const alerts = [alertOf({ ts: 3 }), alertOf({ type: 'leader_change', ts: 2 }), alertOf({ type: 'heartbeat_ok', ts: 1 })];
    const count = (weight: Filter['weight']) => entries(alerts, [], { source: 'all', weight }).length;
    expect([count('calm'), count('notice'), count('alarm')]).toEqual([3, 2, 1]);
  });
});

describe('folding', () => {
  const geometry = (symbol: string, ts: number) => event({ type: 'geometry_changed', severity: 'info', symbol, ts });
  const lines = (alerts: Parameters<typeof alertOf>[0][], events: FeedEvent[]) =>
    folded(entries(alerts.map(alertOf), events, ALL), 100).map(({ subject, text, ts, all }) => [subject, text, ts, all.length]);

  test('calm repeats are one line at the place of the newest, whatever lies between', () => {
    expect(lines([{ ts: 25 }], [geometry('I:SPX', 30), geometry('I:NDX', 29), geometry('I:SPX', 20), geometry('I:NDX', 19), geometry('I:SPX', 10)])).toEqual([
      ['I:SPX', 'Geometry changed', 30, 3], ['I:NDX', 'Geometry changed', 29, 2], ['massive', 'Heartbeat missed', 25, 1],
    ]);
  });

  test('an alarm is folded into the next one of its kind, but not across other alarms', () => {
    expect(lines([{ ts: 9 }, { ts: 8 }, { svc: 'sse', ts: 7 }, { ts: 6 }], [])).toEqual([
      ['massive', 'Heartbeat missed', 9, 2], ['sse', 'Heartbeat missed', 7, 1], ['massive', 'Heartbeat missed', 6, 1],
    ]);
  });

  test('a calm line between two alarms does not part them', () => {
    expect(lines([{ ts: 9 }, { type: 'heartbeat_ok', ts: 8 }, { ts: 7 }], [])).toEqual([['massive', 'Heartbeat missed', 9, 2], ['massive', 'Heartbeat back', 8, 1]]);
  });

  test('no more lines than asked for, however many entries they stand for', () => {
    const many = Array.from({ length: 300 }, (_, n) => geometry(`S${n % 3}`, n));
    expect(folded(entries([], many, ALL), 2).map(({ all }) => all.length)).toEqual([100, 100]);
  });
});
