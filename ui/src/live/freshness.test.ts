import { describe, expect, test } from 'vitest';
import { spotOf } from '../test/samples';
import { isQuoteStale, limitIn, panelState, type PanelFacts } from './freshness';
import { FIRST_LINK, nextLink } from './link';

const open = nextLink(FIRST_LINK, { type: 'connected', gen: '7c20e1d4' });
const lost = nextLink(open, { type: 'failed' });
const offline = nextLink(open, { type: 'network', isOnline: false });
const failure = { code: 'redis_unavailable', message: 'Prices are away.', requestId: 'r1' };
const gated = { ...failure, code: 'feature_gated' };

describe('panelState', () => {
  const facts: PanelFacts = { link: open, ageSec: 1, limitSec: 5, failure: null, isFetching: false };
  test.each<[string, Partial<PanelFacts>, ReturnType<typeof panelState>]>([
    ['fresh data is live', {}, { kind: 'live' }],
    ['at the limit it is still live', { ageSec: 5 }, { kind: 'live' }],
    ['past the limit it is stale', { ageSec: 5.1 }, { kind: 'stale', ageSec: 5.1 }],
    ['without a limit it never is', { ageSec: 9000, limitSec: null }, { kind: 'live' }],
    ['a lost line outranks age', { link: lost, ageSec: 90 }, { kind: 'disconnected' }],
    ['no network is disconnected', { link: offline }, { kind: 'disconnected' }],
    ['old data survives a failed fetch', { failure }, { kind: 'live' }],
    ['before the snapshot it loads', { link: FIRST_LINK, ageSec: null }, { kind: 'loading' }],
    ['a running fetch still loads', { ageSec: null, isFetching: true }, { kind: 'loading' }],
    ['a snapshot without data is empty', { ageSec: null }, { kind: 'empty' }],
    ['no data on the server is empty, not wrong', { ageSec: null, failure: { ...failure, code: 'no_data' } }, { kind: 'empty' }],
    ['a failed fetch without data is an error', { ageSec: null, failure }, { kind: 'error', failure }],
    ['an error outranks a lost line', { ageSec: null, failure, link: lost }, { kind: 'error', failure }],
    ['nothing held and no line', { ageSec: null, link: offline }, { kind: 'disconnected' }],
    ['a closed feature is gated', { ageSec: null, failure: gated }, { kind: 'gated', failure: gated }],
  ])('%s', (_name, change, expected) => {
    expect(panelState({ ...facts, ...change })).toEqual(expected);
  });
});

test('limits rest only while the market is closed', () => {
  expect(limitIn('closed', 5)).toBeNull();
  expect(limitIn('pre', 5)).toBe(5);
  expect(limitIn(null, 5)).toBe(5);
});

test.each<[string, Parameters<typeof spotOf>[1], number, boolean]>([
  ['a fresh quote', {}, 2, false],
  ['an old quote', {}, 16, true],
  ['a quote its producer calls stale', { stale: true }, 1, true],
  ['an index before the open rests', { session: 'pre' }, 900, false],
  ['a stock before the open does not', { session: 'pre', type: 'stock' }, 900, true],
  ['anything rests when closed', { session: 'closed', type: 'stock' }, 90_000, false],
])('%s', (_name, change, ageSec, expected) => {
  expect(isQuoteStale(spotOf('I:SPX', change), ageSec)).toBe(expected);
});
