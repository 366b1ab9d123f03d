import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { heatmapOf } from '../test/samples';
import { takeWhole } from './heatmap';
import { newsOf } from './heatNews';
import type { FromWorker, ToWorker } from './heatFeed';

/** A worker whose answers are the test's. */
class Aside extends EventTarget {
  static made: Aside[] = [];
  got: ToWorker[] = [];
  isEnded = false;
  constructor() {
    super();
    Aside.made.push(this);
  }
  postMessage(message: ToWorker) {
    this.got.push(message);
  }
  terminate() {
    this.isEnded = true;
  }
  say(message: FromWorker) {
    this.dispatchEvent(new MessageEvent('message', { data: message }));
  }
}

const worker = () => Aside.made[0] as Aside;
const never = new AbortController().signal;

async function load() {
  const [feed, { useHeatmaps }] = await Promise.all([import('./heatFeed'), import('./stores')]);
  return { ...feed, book: () => useHeatmaps.getState()['I:SPX'] };
}

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal('Worker', Aside);
  Aside.made = [];
});

afterEach(() => vi.unstubAllGlobals());

describe('the heatmap is read aside', () => {
  test('frames go to one worker unread, others stay', async () => {
    const { takeAside } = await load();
    expect([takeAside('spot', '{}'), takeAside('heatmap', '{"a":1}'), takeAside('heatmap_diff', '{')]).toEqual([false, true, true]);
    expect(Aside.made).toHaveLength(1);
    expect(worker().got).toEqual([{ kind: 'frame', event: 'heatmap', text: '{"a":1}' }, { kind: 'frame', event: 'heatmap_diff', text: '{' }]);
  });

  test('the worker that was made ready is the one that is used', async () => {
    const { openHeatFeed, takeAside } = await load();
    openHeatFeed();
    expect(takeAside('heatmap', '{}')).toBe(true);
    expect(Aside.made).toHaveLength(1);
  });

  test('what it tells finds its place', async () => {
    const { takeAside, book } = await load();
    takeAside('heatmap', '{}');
    worker().say({ kind: 'news', news: newsOf(undefined, takeWhole(undefined, heatmapOf())) });
    expect(book()).toMatchObject({ version: 1000, waiting: null });
    expect(book()?.planes['butterfly:0']?.size).toBe(120);
  });

  test('an answer that it asked for is waited for, and a refusal told in the gateway\'s words', async () => {
    const { fetchHeatmap } = await load();
    const asked = [fetchHeatmap('I:SPX', never), fetchHeatmap('I:NDX', never)];
    const [first, second] = worker().got.map((message) => (message.kind === 'fetch' ? message.id : 0)) as [number, number];
    worker().say({ kind: 'answered', id: second, failure: { code: 'feature_gated', message: 'Not yours.', status: 403, requestId: 'r7' } });
    worker().say({ kind: 'answered', id: first, failure: null });
    await expect(asked[0]).resolves.toBeUndefined();
    await expect(asked[1]).rejects.toMatchObject({ code: 'feature_gated', message: 'Not yours.', requestId: 'r7' });
  });

  test('when it breaks the page reads for itself', async () => {
    const { takeAside, fetchHeatmap, book } = await load();
    const asked = fetchHeatmap('I:SPX', never);
    worker().dispatchEvent(new Event('error'));
    await expect(asked).rejects.toMatchObject({ code: 'network' });
    expect([worker().isEnded, takeAside('heatmap', '{}')]).toEqual([true, false]);
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(JSON.stringify({ success: true, data: heatmapOf(), ts: 1 })));
    await fetchHeatmap('I:SPX', never);
    expect(book()?.version).toBe(1000);
  });
});
