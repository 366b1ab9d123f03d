import { secondsOf } from '../api/client';
import type { Connected, Ping, TierBlocked } from '../wire';
import { batch } from './batch';
import { EVENTS, type Frame, TOPICS } from './frames';
import { takeAside } from './heatFeed';
import { isWakeNeeded, nextLink, retryDelayMs, type LinkEvent } from './link';
import { nextSkew } from './marketClock';
import { checkSession, endSession, loadGates, tierBlocked } from './session';
import { take, useLine } from './stores';

/** Nothing for this long on an open line: it is dead without having said so. */
const WATCHDOG_MS = 45_000;
const TICK_MS = 500;

export interface Stream {
  /** Asks for the bars and ticks of `symbol` as well. */
  select: (symbol: string) => void;
  close: () => void;
}

/** Opens the page's only stream and keeps it open. */
export function openStream(firstSymbol: string): Stream {
  let symbol = firstSymbol;
  let current: EventSource | null = null;
  let replacement: EventSource | null = null;
  let lastId: string | null = null;
  let receivedMs = Date.now();
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  const probes = new AbortController();

  const incoming = batch<Frame>((frames) => {
    take(frames);
    useLine.setState({ receivedMs });
  });

  function connect(isReplacement: boolean) {
    clearTimeout(retryTimer);
    const source = new EventSource(streamUrl(symbol, isReplacement ? null : lastId));
    if (isReplacement) {
      replacement?.close();
      replacement = source;
    } else {
      current?.close();
      current = source;
    }
    listen(source);
  }

  function listen(source: EventSource) {
    const isOurs = () => source === current || source === replacement;
    const hear = (event: string, use: (text: string, id: string) => void) =>
      source.addEventListener(event, (message: MessageEvent<string>) => {
        if (!isOurs()) return;
        receivedMs = Date.now();
        use(message.data, message.lastEventId);
      });
    const on = <T>(event: string, use: (data: T, id: string) => void) =>
      hear(event, (text, id) => {
        const data = parse<T>(text);
        if (data !== undefined) use(data, id);
      });

    for (const event of EVENTS) {
      hear(event, (text, id) => {
        if (id && source === current) lastId = id;
        if (takeAside(event, text)) return;
        const data = parse<never>(text);
        if (data !== undefined) incoming.put({ event, data } as Frame);
      });
    }
    on<Connected>('connected', (data, id) => {
      if (source === replacement) {
        current?.close();
        current = source;
        replacement = null;
      }
      lastId = id || null;
      // Whoever hears that the snapshot is complete must find it in its place.
      incoming.flush();
      welcome(data);
    });
    on<Ping>('ping', ({ ts }) => measure(ts));
    on('resync', () => useLine.setState((line) => ({ revision: line.revision + 1 })));
    on('shutdown', () => step({ type: 'shutdown' }));
    on('tier_gates', () => void loadGates().catch(() => {}));
    on<TierBlocked>('tier_blocked', tierBlocked);
    for (const code of ['session_expired', 'session_revoked']) on(code, () => endSession('out', { code, message: null, tier: null }));
    source.addEventListener('error', () => {
      if (isOurs()) lost(source);
    });
  }

  function welcome({ gen, resumed, ts }: Connected) {
    measure(ts);
    useLine.setState((line) => {
      const { phase, wasOpen, attempts } = line.link;
      const mayHaveMissed = phase !== 'open' && (wasOpen || attempts > 0) && !resumed;
      return { revision: line.revision + (mayHaveMissed ? 1 : 0), receivedMs };
    });
    step({ type: 'connected', gen });
  }

  function lost(source: EventSource) {
    if (source === replacement) {
      // The old line still works; the new one is tried again until it does too.
      if (source.readyState === EventSource.CLOSED) retryTimer = setTimeout(() => connect(true), retryDelayMs(1, null, Math.random()));
      return;
    }
    step({ type: 'failed' });
    // While CONNECTING the browser tries again by itself, with the last id it saw.
    if (source.readyState !== EventSource.CLOSED) return;
    const { attempts } = useLine.getState().link;
    void pauseFor(streamUrl(symbol, lastId), probes.signal).then((retryAfterSec) => {
      if (source !== current || retryAfterSec === 'ended') return;
      clearTimeout(retryTimer);
      retryTimer = setTimeout(() => connect(false), retryDelayMs(attempts, retryAfterSec, Math.random()));
    });
  }

  let tickMs = Date.now();

  /** After a sleep the line is dead without having said so, and a pause that was meant to be short has gone on. */
  function wake(tickGapMs: number) {
    const nowMs = Date.now();
    const isWaiting = current === null || current.readyState === EventSource.CLOSED;
    if (!navigator.onLine || !isWakeNeeded({ tickGapMs, silenceMs: nowMs - receivedMs, isWaiting })) return;
    receivedMs = nowMs;
    step({ type: 'woke' });
    connect(false);
  }

  // A hidden page's ticker may stand still; being looked at again counts as waking.
  const onVisible = () => {
    if (!document.hidden) wake(Infinity);
  };

  const ticker = setInterval(() => {
    const tickGapMs = Date.now() - tickMs;
    tickMs = Date.now();
    useLine.setState({ nowMs: tickMs, receivedMs });
    wake(tickGapMs);
    if (Date.now() - receivedMs < WATCHDOG_MS || current?.readyState === EventSource.CLOSED) return;
    receivedMs = Date.now();
    step({ type: 'failed' });
    connect(false);
  }, TICK_MS);

  const onOnline = () => {
    step({ type: 'network', isOnline: true });
    connect(false);
  };
  window.addEventListener('online', onOnline);
  window.addEventListener('offline', onOffline);
  document.addEventListener('visibilitychange', onVisible);
  useLine.setState({ nowMs: Date.now(), receivedMs });
  connect(false);

  return {
    select: (next) => {
      if (next === symbol) return;
      symbol = next;
      const isOpen = useLine.getState().link.phase === 'open';
      // A cursor belongs to the parameters it was given for.
      if (!isOpen) lastId = null;
      connect(isOpen);
    },
    close: () => {
      probes.abort();
      clearTimeout(retryTimer);
      clearInterval(ticker);
      window.removeEventListener('online', onOnline);
      window.removeEventListener('offline', onOffline);
      document.removeEventListener('visibilitychange', onVisible);
      current?.close();
      replacement?.close();
      current = replacement = null;
    },
  };
}

function onOffline() {
  step({ type: 'network', isOnline: false });
}

function step(event: LinkEvent) {
  useLine.setState((line) => ({ link: nextLink(line.link, event) }));
}

function measure(serverTs: number) {
  useLine.setState((line) => ({ skewMs: nextSkew(line.skewMs, Date.now(), serverTs) }));
}

function streamUrl(symbol: string, lastId: string | null): string {
  const symbols = [...new Set([symbol, 'I:VIX'])].join(',');
  const cursor = lastId ? `&last_event_id=${lastId}` : '';
  return `/sse/all?symbols=${symbols}&topics=${TOPICS.join(',')}${cursor}`;
}

/** Seconds the server asks to wait before `url` is opened again; `ended` when the session is over. */
async function pauseFor(url: string, signal: AbortSignal): Promise<number | null | 'ended'> {
  const standing = await checkSession();
  if (standing.phase === 'in') return refusal(url, signal);
  return standing.phase === 'away' ? standing.retryAfterSec : 'ended';
}

/** An EventSource does not tell why it was refused, so the address is asked once more. */
async function refusal(url: string, signal: AbortSignal): Promise<number | null> {
  const probe = new AbortController();
  const either = AbortSignal.any([signal, probe.signal, AbortSignal.timeout(5000)]);
  try {
    const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: either });
    probe.abort();
    return secondsOf(response.headers.get('retry-after'));
  } catch {
    return null;
  }
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
