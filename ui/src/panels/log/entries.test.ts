import { describe, expect, test } from 'vitest';
import { alertOf } from '../../test/samples';
import type { FeedEvent } from '../../wire';
import { entries } from './entries';

const event = (change: Partial<FeedEvent>): FeedEvent => ({
  type: 'feed_gap', ts: 100, market_ts: 100, severity: 'warn', symbol: null, path: '/indices', detail: {}, ...change,
});

describe('entries', () => {
  test('alerts and events are one list, newest first', () => {
    const list = entries([alertOf({ ts: 90 })], [event({ ts: 100 }), event({ ts: 80 })], 'all', 10);
    expect(list.map((entry) => [entry.source, entry.ts])).toEqual([['feed', 100], ['fleet', 90], ['feed', 80]]);
    expect(entries([alertOf({})], [event({})], 'fleet', 10)).toHaveLength(1);
    expect(entries([alertOf({})], [event({})], 'feed', 10)).toHaveLength(1);
    expect(entries([alertOf({})], [event({ ts: 1 }), event({ ts: 2 })], 'all', 2)).toHaveLength(2);
  });

  test.each<[Parameters<typeof alertOf>[0], string, string, string]>([
    [{ type: 'heartbeat_miss', late_sec: 30.84, timeout_sec: 30 }, 'Heartbeat missed', 'no beat for 30.8 s (limit 30 s)', 'alarm'],
    [{ type: 'heartbeat_miss', late_sec: 30, reason: 'operator_stop' }, 'Heartbeat missed', 'no beat for 30 s, operator stop', 'alarm'],
    [{ type: 'heartbeat_ok', age_sec: 0.4 }, 'Heartbeat back', '', 'calm'],
    [{ type: 'leader_change' }, 'Leader change', '', 'notice'],
    [{ type: 'leader_change', severity: 'critical' }, 'Leader change', '', 'alarm'],
    [{ type: 'leader_change', severity: 'info' }, 'Leader change', '', 'calm'],
  ])('%o', (change, text, detail, weight) => {
    expect(entries([alertOf(change)], [], 'all', 1)[0]).toMatchObject({ subject: 'massive', text, detail, weight });
  });

  test('a feed event names its symbol, else its path', () => {
    const subject = (change: Partial<FeedEvent>) => entries([], [event(change)], 'all', 1)[0]?.subject;
    expect(subject({ symbol: 'I:SPX' })).toBe('I:SPX');
    expect(subject({})).toBe('/indices');
    expect(subject({ path: null })).toBe('Feed');
    expect(entries([], [event({ severity: 'error', detail: { repeats: 3 } })], 'all', 1)[0]).toMatchObject({ detail: '×3', weight: 'alarm' });
  });
});
