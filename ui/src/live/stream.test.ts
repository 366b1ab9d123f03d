import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { admitted, answerBy, BARRED, EXPIRED, gatesOf } from '../test/members';
import { spotOf } from '../test/samples';
import { useSession } from './session';
import { useLine, usePrices } from './stores';
import { openStream, type Stream } from './stream';

/** An EventSource whose server is the test. */
class Source extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static made: Source[] = [];
  readyState = 0;
  constructor(readonly url: string) {
    super();
    Source.made.push(this);
  }
  close() {
    this.readyState = 2;
  }
  send(event: string, data: unknown, lastEventId = '') {
    this.readyState = 1;
    this.dispatchEvent(new MessageEvent(event, { data: typeof data === 'string' ? data : JSON.stringify(data), lastEventId }));
  }
  welcome(gen = 'aaaaaaaa', resumed = false) {
    this.send('connected', { channel: 'all', ts: Date.now() / 1000, gen, resumed, snapshot: 0, user_id: null, tier: null }, `${gen}-1.1`);
  }
  fail(readyState: number) {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }
}

const link = () => useLine.getState().link;
const newest = () => Source.made.at(-1) as Source;
let stream: Stream;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_763_737_262_000 });
  vi.stubGlobal('EventSource', Source);
  vi.spyOn(Math, 'random').mockReturnValue(0);
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('unreachable'));
  Source.made = [];
  stream = openStream('I:SPX');
});

afterEach(() => {
  stream.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('stream', () => {
  test('asks for the chosen symbol, VIX and the topics of the page', () => {
    expect(newest().url).toBe('/sse/all?symbols=I:SPX,I:VIX&topics=spot,tick,clock,gex,gex_summary,heatmap,candles,market_mode,vix_regime,bias_lfi,volume_profile,dealer_gravity,fleet,fleet_alert,feed_event');
  });

  test('frames reach the store together, at most four times a second', async () => {
    const changes = vi.fn<() => void>();
    newest().welcome();
    await vi.advanceTimersByTimeAsync(300);
    const unsubscribe = usePrices.subscribe((prices, before) => prices.spots !== before.spots && changes());
    for (let n = 1; n <= 40; n++) {
      newest().send('spot', { 'I:SPX': spotOf('I:SPX', { value: n, ts: n }) });
      await vi.advanceTimersByTimeAsync(25);
    }
    await vi.advanceTimersByTimeAsync(500);
    unsubscribe();
    expect(usePrices.getState().spots['I:SPX']?.value).toBe(40);
    expect(changes.mock.calls.length).toBeLessThanOrEqual(5);
  });

  test('when the snapshot is said to be complete, all of it is in its place', () => {
    const held: unknown[] = [];
    const unsubscribe = useLine.subscribe(({ link: { hasSnapshot } }) => hasSnapshot && held.push(usePrices.getState().spots['I:SPX']?.value));
    newest().send('spot', { 'I:SPX': spotOf('I:SPX', { value: 6001 }) });
    newest().welcome();
    unsubscribe();
    expect(held[0]).toBe(6001);
  });

  test('a payload that is no JSON is passed over', async () => {
    newest().send('spot', '{');
    newest().send('spot', { SPY: spotOf('SPY') });
    await vi.advanceTimersByTimeAsync(500);
    expect(Object.keys(usePrices.getState().spots)).toEqual(['SPY']);
  });

  test('a line that the browser opens again is not opened twice', async () => {
    newest().welcome();
    newest().fail(Source.CONNECTING);
    expect(link()).toMatchObject({ phase: 'reconnecting', attempts: 1 });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(Source.made).toHaveLength(1);
    newest().welcome('bbbbbbbb');
    expect(link()).toMatchObject({ phase: 'open', attempts: 0, gen: 'bbbbbbbb' });
    expect(useLine.getState().revision).toBe(1);
  });

  test('a resumed line has missed nothing', () => {
    newest().welcome();
    newest().fail(Source.CONNECTING);
    newest().welcome('aaaaaaaa', true);
    expect(useLine.getState().revision).toBe(0);
  });

  test('resync has everything fetched again', () => {
    newest().send('resync', { reason: 'slow_client', topics: ['feed_event'] });
    expect(useLine.getState().revision).toBe(1);
  });

  test('a closed line is opened again from its last id, after 1, 2, 4 s', async () => {
    newest().welcome();
    newest().send('spot', { SPY: spotOf('SPY') }, 'aaaaaaaa-7.9');
    for (const [seconds, phase] of [[1, 'reconnecting'], [2, 'reconnecting'], [4, 'offline']] as const) {
      const before = Source.made.length;
      newest().fail(Source.CLOSED);
      expect(link().phase).toBe(phase);
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 50);
      expect(Source.made).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(100);
      expect(Source.made).toHaveLength(before + 1);
      expect(newest().url).toContain('&last_event_id=aaaaaaaa-7.9');
    }
    newest().welcome();
    expect(link().phase).toBe('open');
  });

  test('Retry-After is respected', async () => {
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('', { status: 503, headers: { 'retry-after': '12' } }));
    newest().fail(Source.CLOSED);
    await vi.advanceTimersByTimeAsync(11_900);
    expect(Source.made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(Source.made).toHaveLength(2);
  });

  test('a silent line is given up after 45 s, and a ping keeps it', async () => {
    newest().welcome();
    await vi.advanceTimersByTimeAsync(30_000);
    newest().send('ping', { ts: Date.now() / 1000 });
    await vi.advanceTimersByTimeAsync(44_000);
    expect(Source.made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(Source.made).toHaveLength(2);
    expect(Source.made[0]?.readyState).toBe(Source.CLOSED);
    expect(link().phase).toBe('reconnecting');
  });

  test('another symbol: the old line serves until the new one is whole', async () => {
    const [old] = Source.made;
    old?.welcome();
    stream.select('I:NDX');
    expect(newest().url).toContain('symbols=I:NDX,I:VIX&');
    expect(newest().url).not.toContain('last_event_id');
    old?.send('spot', { SPY: spotOf('SPY', { value: 5 }) });
    expect(old?.readyState).toBe(Source.OPEN);
    newest().welcome();
    expect(old?.readyState).toBe(Source.CLOSED);
    await vi.advanceTimersByTimeAsync(500);
    expect(usePrices.getState().spots['SPY']?.value).toBe(5);
    expect(useLine.getState().revision).toBe(0);
    expect(link().phase).toBe('open');
  });

  test('a shutdown is announced without counting as a failure', () => {
    newest().welcome();
    newest().send('shutdown', {});
    expect(link()).toMatchObject({ phase: 'reconnecting', attempts: 0 });
  });

  test('the network going and coming back is seen at once', () => {
    newest().welcome();
    window.dispatchEvent(new Event('offline'));
    expect(link().phase).toBe('offline');
    window.dispatchEvent(new Event('online'));
    expect(link().phase).toBe('reconnecting');
    expect(Source.made).toHaveLength(2);
  });

  test('nothing is opened after the end', async () => {
    newest().fail(Source.CLOSED);
    stream.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Source.made).toHaveLength(1);
  });

  test('a session that is over ends the tries', async () => {
    answerBy({ '/api/auth/me': EXPIRED });
    newest().welcome();
    newest().fail(Source.CLOSED);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Source.made).toHaveLength(1);
    expect(useSession.getState()).toMatchObject({ phase: 'out', ending: { code: 'session_expired' } });
  });

  test('so does a tier that is no longer admitted', async () => {
    answerBy({ '/api/auth/me': BARRED });
    newest().fail(Source.CLOSED);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Source.made).toHaveLength(1);
    expect(useSession.getState()).toMatchObject({ phase: 'blocked', ending: { tier: 'observer' } });
  });

  test('a session that holds is tried on, when the stream says so', async () => {
    answerBy({ ...admitted(), '/sse/all': { status: 429, headers: { 'retry-after': '9' } } });
    newest().fail(Source.CLOSED);
    await vi.advanceTimersByTimeAsync(8900);
    expect(Source.made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(Source.made).toHaveLength(2);
    expect(useSession.getState().phase).toBe('in');
  });

  test.each<[string, unknown, object]>([
    ['session_expired', { ts: 1 }, { phase: 'out', ending: { code: 'session_expired' } }],
    ['session_revoked', { ts: 1 }, { phase: 'out', ending: { code: 'session_revoked' } }],
    ['tier_blocked', { tier: 'observer', message: 'Not admitted.' }, { phase: 'blocked', ending: { code: 'tier_blocked', tier: 'observer', message: 'Not admitted.' } }],
  ])('%s ends the session', (event, data, expected) => {
    useSession.setState({ phase: 'in' });
    newest().welcome();
    newest().send(event, data);
    expect(useSession.getState()).toMatchObject(expected);
  });

  test('changed gates are read again', async () => {
    answerBy({ '/api/tier-gates/config': { body: gatesOf({ user_tier: 'activator' }) } });
    newest().welcome();
    newest().send('tier_gates', { updated_at: 'x', user_tier: 'activator' });
    await vi.waitFor(() => expect(useSession.getState().gates?.user_tier).toBe('activator'));
  });

  test('a computer that slept reconnects at its first breath', async () => {
    newest().welcome();
    await vi.advanceTimersByTimeAsync(1000);
    vi.setSystemTime(Date.now() + 30_000);
    await vi.advanceTimersByTimeAsync(600);
    expect(Source.made).toHaveLength(2);
    expect(Source.made[0]?.readyState).toBe(Source.CLOSED);
    expect(link()).toMatchObject({ phase: 'reconnecting', attempts: 0 });
    newest().welcome();
    await vi.advanceTimersByTimeAsync(2000);
    expect(Source.made).toHaveLength(2);
    expect(link().phase).toBe('open');
  });

  test('a page that is looked at again does not wait out its pause', async () => {
    newest().welcome();
    for (const seconds of [1, 2, 4, 8]) {
      newest().fail(Source.CLOSED);
      await vi.advanceTimersByTimeAsync(seconds * 1000 + 100);
    }
    newest().fail(Source.CLOSED);
    await vi.advanceTimersByTimeAsync(3000);
    const before = Source.made.length;
    document.dispatchEvent(new Event('visibilitychange'));
    expect(Source.made).toHaveLength(before + 1);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(Source.made).toHaveLength(before + 1);
  });
});
