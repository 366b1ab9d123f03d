import type { Connected, Ping } from '../wire';
import { batch } from './batch';
import { nextLink, retryDelayMs, type LinkEvent } from './link';
import { nextSkew } from './marketClock';
import { EVENTS, type Frame, reduce, TOPICS } from './reduce';
import { useLive } from './store';

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

  const put = batch<Frame>((frames) => useLive.setState((live) => ({ ...frames.reduce(reduce, live), receivedMs })));

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
    const on = <T>(event: string, take: (data: T, id: string) => void) =>
      source.addEventListener(event, (message: MessageEvent<string>) => {
        if (!isOurs()) return;
        receivedMs = Date.now();
        const data = parse<T>(message.data);
        if (data !== undefined) take(data, message.lastEventId);
      });

    for (const event of EVENTS) {
      on<never>(event, (data, id) => {
        if (id && source === current) lastId = id;
        put({ event, data } as Frame);
      });
    }
    on<Connected>('connected', (data, id) => {
      if (source === replacement) {
        current?.close();
        current = source;
        replacement = null;
      }
      lastId = id || null;
      welcome(data);
    });
    on<Ping>('ping', ({ ts }) => measure(ts));
    on('resync', () => useLive.setState((live) => ({ revision: live.revision + 1 })));
    on('shutdown', () => step({ type: 'shutdown' }));
    source.addEventListener('error', () => {
      if (isOurs()) lost(source);
    });
  }

  function welcome({ gen, resumed, ts }: Connected) {
    measure(ts);
    useLive.setState((live) => {
      const { phase, wasOpen, attempts } = live.link;
      const mayHaveMissed = phase !== 'open' && (wasOpen || attempts > 0) && !resumed;
      return { revision: live.revision + (mayHaveMissed ? 1 : 0), receivedMs };
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
    const { attempts } = useLive.getState().link;
    void refusal(streamUrl(symbol, lastId), probes.signal).then((retryAfterSec) => {
      if (source !== current) return;
      clearTimeout(retryTimer);
      retryTimer = setTimeout(() => connect(false), retryDelayMs(attempts, retryAfterSec, Math.random()));
    });
  }

  const ticker = setInterval(() => {
    useLive.setState({ nowMs: Date.now(), receivedMs });
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
  useLive.setState({ nowMs: Date.now(), receivedMs });
  connect(false);

  return {
    select: (next) => {
      if (next === symbol) return;
      symbol = next;
      const isOpen = useLive.getState().link.phase === 'open';
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
  useLive.setState((live) => ({ link: nextLink(live.link, event) }));
}

function measure(serverTs: number) {
  useLive.setState((live) => ({ skewMs: nextSkew(live.skewMs, Date.now(), serverTs) }));
}

function streamUrl(symbol: string, lastId: string | null): string {
  const symbols = [...new Set([symbol, 'I:VIX'])].join(',');
  const cursor = lastId ? `&last_event_id=${lastId}` : '';
  return `/sse/all?symbols=${symbols}&topics=${TOPICS.join(',')}${cursor}`;
}

/** Seconds the server asks to wait. An EventSource does not tell why it was refused, so the address is asked once more. */
async function refusal(url: string, signal: AbortSignal): Promise<number | null> {
  const probe = new AbortController();
  const either = AbortSignal.any([signal, probe.signal, AbortSignal.timeout(5000)]);
  try {
    const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: either });
    probe.abort();
    const seconds = Number(response.headers.get('retry-after'));
    return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) : null;
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
