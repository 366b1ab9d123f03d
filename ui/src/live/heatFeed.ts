import { ApiError, getData } from '../api/client';
import type { Heatmap } from '../wire';
import { type HeatNews, takeNews } from './heatNews';
import { take, useHeatmaps } from './stores';

/** A heatmap and its diffs are megabytes: they are read and applied away from the page's own thread. */
export type ToWorker = { kind: 'frame'; event: 'heatmap' | 'heatmap_diff'; text: string } | { kind: 'fetch'; id: number; symbol: string };

export type FromWorker =
  | { kind: 'news'; news: HeatNews }
  | { kind: 'answered'; id: number; failure: Pick<ApiError, 'code' | 'message' | 'status' | 'requestId'> | null };

let worker: Worker | null = null;
let isBroken = false;
let asked = 0;
const waiting = new Map<number, { resolve: () => void; reject: (error: ApiError) => void }>();

/** Makes the worker ready before the first frame: it takes as long to come up as a heatmap takes to be read. */
export function openHeatFeed() {
  if (!isBroken && typeof Worker !== 'undefined') worker ??= opened();
}

/** Gives a frame of the stream to the worker; false when there is none and the page must read it itself. */
export function takeAside(event: string, text: string): boolean {
  if (event !== 'heatmap' && event !== 'heatmap_diff') return false;
  return send({ kind: 'frame', event, text });
}

/** Asks the gateway for the whole heatmap of `symbol` and puts it in its place. Throws `ApiError`. */
export async function fetchHeatmap(symbol: string, signal: AbortSignal): Promise<void> {
  const id = ++asked;
  const answered = new Promise<void>((resolve, reject) => waiting.set(id, { resolve, reject }));
  if (send({ kind: 'fetch', id, symbol })) return answered;
  waiting.delete(id);
  const whole = await getData<Heatmap>(`/api/models/heatmap/${encodeURIComponent(symbol)}`, signal);
  take([{ event: 'heatmap', data: whole }]);
}

function send(message: ToWorker): boolean {
  openHeatFeed();
  worker?.postMessage(message);
  return worker !== null;
}

function opened(): Worker {
  const made = new Worker(new URL('./heatmap.worker.ts', import.meta.url), { type: 'module' });
  made.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => (data.kind === 'news' ? put(data.news) : settle(data)));
  // Without it the page carries on by itself: what the worker was given is missed, and read again as after any gap.
  made.addEventListener('error', () => {
    isBroken = true;
    worker = null;
    made.terminate();
    for (const { reject } of waiting.values()) reject(new ApiError('network', 'The heatmap could not be read.', 0, null));
    waiting.clear();
  });
  return made;
}

function settle({ id, failure }: Extract<FromWorker, { kind: 'answered' }>) {
  const asker = waiting.get(id);
  waiting.delete(id);
  if (failure) asker?.reject(new ApiError(failure.code, failure.message, failure.status, failure.requestId));
  else asker?.resolve();
}

function put(news: HeatNews) {
  const { symbol } = news.header;
  useHeatmaps.setState((books) => ({ [symbol]: takeNews(books[symbol], news) }));
}
