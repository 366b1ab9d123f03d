import { ApiError, getData } from '../api/client';
import type { Heatmap, HeatmapDiff } from '../wire';
import { type HeatmapBook, takeDiff, takeWhole } from './heatmap';
import { newsOf } from './heatNews';
import type { FromWorker, ToWorker } from './heatFeed';

/** Shortest time between two messages about the same symbol: the page is redrawn at most four times a second. */
const MIN_INTERVAL_MS = 250;

const books: Record<string, HeatmapBook> = {};
const told: Record<string, HeatmapBook> = {};
const toldMs: Record<string, number> = {};
const timers: Record<string, ReturnType<typeof setTimeout>> = {};

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'frame') takeFrame(data.event, data.text);
  else void answer(data.id, data.symbol);
});

function takeFrame(event: 'heatmap' | 'heatmap_diff', text: string) {
  let frame: Heatmap | HeatmapDiff;
  try {
    frame = JSON.parse(text) as Heatmap | HeatmapDiff;
  } catch {
    return;
  }
  const { symbol } = frame;
  const held = books[symbol];
  const next = event === 'heatmap' ? takeWhole(held, frame as Heatmap) : held && takeDiff(held, frame as HeatmapDiff);
  if (!next || next === held) return;
  books[symbol] = next;
  timers[symbol] ??= setTimeout(() => tell(symbol), Math.max(0, (toldMs[symbol] ?? -Infinity) + MIN_INTERVAL_MS - performance.now()));
}

/** Asks for the whole. What it changes is told before the answer, so that whoever asked finds it in its place. */
async function answer(id: number, symbol: string) {
  try {
    // The stream may have brought it while the page was asking.
    if (books[symbol]?.waiting === null) {
      tell(symbol);
      post({ kind: 'answered', id, failure: null });
      return;
    }
    const whole = await getData<Heatmap>(`/api/models/heatmap/${encodeURIComponent(symbol)}`, new AbortController().signal);
    books[whole.symbol] = takeWhole(books[whole.symbol], whole);
    tell(whole.symbol);
    post({ kind: 'answered', id, failure: null });
  } catch (error) {
    const { code, message, status, requestId } = error instanceof ApiError ? error : new ApiError('bad_answer', 'The answer could not be read.', 0, null);
    post({ kind: 'answered', id, failure: { code, message, status, requestId } });
  }
}

function tell(symbol: string) {
  clearTimeout(timers[symbol]);
  delete timers[symbol];
  const book = books[symbol];
  if (!book || book === told[symbol]) return;
  const news = newsOf(told[symbol], book);
  told[symbol] = book;
  toldMs[symbol] = performance.now();
  post({ kind: 'news', news }, Object.values(news.fresh).map(({ numbers }) => numbers.buffer as ArrayBuffer));
}

function post(message: FromWorker, transfer: Transferable[] = []) {
  self.postMessage(message, { transfer });
}
