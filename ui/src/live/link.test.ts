import { describe, expect, test } from 'vitest';
import { badge, type BadgeFacts, FIRST_LINK, isWakeNeeded, type Link, type LinkEvent, nextLink, retryDelayMs } from './link';

const FAILED: LinkEvent = { type: 'failed' };
const CONNECTED: LinkEvent = { type: 'connected', gen: '7c20e1d4' };
const LOST: LinkEvent = { type: 'network', isOnline: false };
const BACK: LinkEvent = { type: 'network', isOnline: true };

describe('nextLink', () => {
  test.each<[string, LinkEvent[], Link['phase'], number]>([
    ['a page starts by connecting', [], 'connecting', 0],
    ['a first failure is still the first connect', [FAILED], 'connecting', 1],
    ['three failures are offline', [FAILED, FAILED, FAILED], 'offline', 3],
    ['a fourth failure stays offline', [FAILED, FAILED, FAILED, FAILED], 'offline', 4],
    ['connected is open', [CONNECTED], 'open', 0],
    ['a lost line reconnects', [CONNECTED, FAILED], 'reconnecting', 1],
    ['a lost line goes offline after three failures', [CONNECTED, FAILED, FAILED, FAILED], 'offline', 3],
    ['a shutdown is no failure', [CONNECTED, { type: 'shutdown' }], 'reconnecting', 0],
    ['success forgets failures', [CONNECTED, FAILED, FAILED, CONNECTED], 'open', 0],
    ['no network is offline at once', [CONNECTED, LOST], 'offline', 0],
    ['a failure without network stays offline', [CONNECTED, LOST, FAILED], 'offline', 1],
    ['the network coming back reconnects', [CONNECTED, LOST, FAILED, BACK], 'reconnecting', 0],
    ['waking is no failure and forgets those before', [CONNECTED, FAILED, FAILED, { type: 'woke' }], 'reconnecting', 0],
    ['waking from offline tries anew', [CONNECTED, FAILED, FAILED, FAILED, { type: 'woke' }], 'reconnecting', 0],
    ['a network event on an open line changes nothing', [CONNECTED, BACK], 'open', 0],
  ])('%s', (_name, events, phase, attempts) => {
    const link = events.reduce(nextLink, FIRST_LINK);
    expect(link).toMatchObject({ phase, attempts });
  });
});

describe('badge', () => {
  const open = nextLink(FIRST_LINK, CONNECTED);
  const facts: BadgeFacts = {
    link: open, spotAgeSec: 0.4, spotLimitSec: 5, silenceSec: 0.2, session: 'regular', dataTs: 1_763_737_262,
  };
  test.each<[string, Partial<BadgeFacts>, ReturnType<typeof badge>]>([
    ['fresh data is live', {}, { kind: 'live', ageSec: 0.4 }],
    ['live without data yet', { spotAgeSec: null }, { kind: 'live', ageSec: null }],
    ['the limit itself is still live', { spotAgeSec: 5 }, { kind: 'live', ageSec: 5 }],
    ['old data is delayed', { spotAgeSec: 12 }, { kind: 'delayed', ageSec: 12 }],
    ['a closed market has no stale limit', { spotAgeSec: 4000, session: 'closed' }, { kind: 'closed' }],
    ['a silent line is delayed even when closed', { silenceSec: 36, session: 'closed' }, { kind: 'delayed', ageSec: 36 }],
    ['an unknown session keeps the limit', { spotAgeSec: 6, session: null }, { kind: 'delayed', ageSec: 6 }],
    ['reconnecting says which attempt', { link: [FAILED, FAILED].reduce(nextLink, open) }, { kind: 'reconnecting', attempt: 2 }],
    ['offline says of when the data is', { link: nextLink(open, LOST) }, { kind: 'offline', dataTs: 1_763_737_262 }],
    ['first connect', { link: FIRST_LINK }, { kind: 'connecting' }],
  ])('%s', (_name, change, expected) => {
    expect(badge({ ...facts, ...change })).toEqual(expected);
  });
});

test.each<[number, number | null, number, number]>([
  [1, null, 0, 1000],
  [2, null, 0, 2000],
  [3, null, 0.5, 4500],
  [6, null, 0, 30_000],
  [60, null, 1, 31_000],
  [1, 12, 0, 12_000],
  [5, 2, 0, 16_000],
])('attempt %i with Retry-After %s waits as promised', (attempts, retryAfterSec, jitter, ms) => {
  expect(retryDelayMs(attempts, retryAfterSec, jitter)).toBe(ms);
});

test.each<[string, number, number, boolean, boolean]>([
  ['a page that is awake waits its turn', 500, 60_000, true, false],
  ['after a sleep a silent line is opened anew', 30_000, 30_000, false, true],
  ['a short nap leaves the line alone', 12_000, 12_000, false, false],
  ['a pause that outlasted the sleep ends at once', 12_000, 12_000, true, true],
  ['a hidden page whose line still speaks keeps it', 60_000, 800, false, false],
  ['looked at again, a line that speaks is kept', Infinity, 800, false, false],
  ['looked at again, a line that waits does not', Infinity, 800, true, true],
])('%s', (_name, tickGapMs, silenceMs, isWaiting, isNeeded) => {
  expect(isWakeNeeded({ tickGapMs, silenceMs, isWaiting })).toBe(isNeeded);
});
