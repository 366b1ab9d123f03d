/** A small deterministic market for the test double: a seeded walk per symbol, in market seconds. */

const SYMBOLS = [
  ['I:SPX', 'index', 6617.32, 0.9], ['I:NDX', 'index', 24_412.6, 5.2], ['I:VIX', 'index', 16.42, 0.02], ['I:RUT', 'index', 2382.1, 0.5],
  ['I:XSP', 'index', 661.73, 0.09], ['SPY', 'etf', 659.03, 0.09], ['QQQ', 'etf', 593.8, 0.12], ['DIA', 'etf', 461.4, 0.05],
  ['IWM', 'etf', 236.6, 0.06], ['AAPL', 'stock', 268.5, 0.05], ['AMD', 'stock', 214.9, 0.08], ['AMZN', 'stock', 217.1, 0.05],
  ['GOOGL', 'stock', 289.4, 0.06], ['META', 'stock', 589.2, 0.1], ['MSFT', 'stock', 478.4, 0.08], ['NVDA', 'stock', 180.6, 0.07],
  ['TSLA', 'stock', 395.2, 0.14],
];
const FRAMES = { candles_5m: 300, candles_10m: 600, candles_15m: 900, candles_1h: 3600 };
const OPEN_SEC = 9.5 * 3600;
const DAY_LENGTH_SEC = 6.75 * 3600;
const HISTORY_DAYS = ['2025-11-17', '2025-11-18', '2025-11-19', '2025-11-20', '2025-11-21'];

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const midnight = (day) => Date.parse(`${day}T05:00:00Z`) / 1000;
const cents = (value) => Math.round(value * 100) / 100;

/** Market whose last day runs to `nowSec` (market time); `move()` makes the next prices. */
export function market(nowSec) {
  const books = new Map();
  let seed = 7;
  for (const [symbol, type, start, swing] of SYMBOLS) {
    const draw = random((seed += 101));
    const book = { symbol, type, value: start, prev_close: start, open: start, high: start, low: start, swing, draw, trail: [] };
    for (const day of HISTORY_DAYS) {
      const from = midnight(day) + OPEN_SEC;
      book.prev_close = book.value;
      const drift = (draw() - 0.5) * swing * 0.25;
      for (let t = from; t <= Math.min(from + DAY_LENGTH_SEC, nowSec); t += 20) {
        book.value = Math.max(1, book.value + (draw() + draw() - 1) * swing * 1.1 + drift);
        record(book, t, t === from);
      }
    }
    books.set(symbol, book);
  }
  return {
    symbols: [...books.keys()],
    move: (t) => {
      for (const book of books.values()) {
        book.value = Math.max(1, book.value + (book.draw() + book.draw() - 1) * book.swing * 0.5);
        record(book, t, false);
      }
    },
    spot: (symbol, ts, marketTs, session) => spotOf(books.get(symbol), ts, marketTs, session),
    candles: (symbol, ts, fromSec = 0) => candlesOf(books.get(symbol), ts, fromSec),
  };
}

function record(book, t, isOpen) {
  const value = cents(book.value);
  if (isOpen) Object.assign(book, { open: value, high: value, low: value });
  book.high = Math.max(book.high, value);
  book.low = Math.min(book.low, value);
  book.trail.push([t, value]);
}

function spotOf(book, ts, market_ts, session) {
  const value = cents(book.value);
  const change = cents(value - book.prev_close);
  return {
    symbol: book.symbol, value, bid: null, ask: null, open: book.open, high: book.high, low: book.low, prev_close: cents(book.prev_close),
    change, change_pct: Math.round((10_000_000 * change) / book.prev_close) / 100_000, volume: null, type: book.type, session,
    source: 'ws', stale: false, ts, ts_iso: new Date(ts * 1000).toISOString(), market_ts,
  };
}

function candlesOf(book, ts, fromSec) {
  const lists = Object.fromEntries(Object.entries(FRAMES).map(([name, size]) => [name, bucketed(book.trail, size, fromSec)]));
  return { symbol: book.symbol, spot: cents(book.value), ts, ...lists };
}

function bucketed(trail, size, fromSec) {
  const bars = [];
  for (const [time, value] of trail) {
    const t = Math.floor(time / size) * size;
    if (t < fromSec) continue;
    const last = bars.at(-1);
    if (last?.t === t) Object.assign(last, { h: Math.max(last.h, value), l: Math.min(last.l, value), c: value });
    else bars.push({ t, o: value, h: value, l: value, c: value });
  }
  return bars;
}
