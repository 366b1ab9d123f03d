import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { diffOf, heatmapOf, tileOf } from '../test/samples';
import type { FromWorker, ToWorker } from './heatFeed';

const told: FromWorker[] = [];

const tell = (data: ToWorker) => self.dispatchEvent(new MessageEvent('message', { data }));
const frame = (event: 'heatmap' | 'heatmap_diff', data: object) => tell({ kind: 'frame', event, text: JSON.stringify(data) });
const news = () => told.flatMap((message) => (message.kind === 'news' ? [message.news] : []));
const fly = (debit: number) => tileOf('butterfly', 6630, 20, debit, 5);

beforeAll(async () => {
  vi.useFakeTimers();
  vi.spyOn(self, 'postMessage').mockImplementation((message: FromWorker) => void told.push(message));
  await import('./heatmap.worker');
});

beforeEach(async () => {
  vi.spyOn(self, 'postMessage').mockImplementation((message: FromWorker) => void told.push(message));
  await vi.advanceTimersByTimeAsync(1000);
  told.length = 0;
});

/** Each test has a symbol of its own: the worker forgets nothing. */
const whole = (symbol: string, version = 1000) => heatmapOf({ symbol, version });
const diff = (symbol: string, prev: number, version: number, debit: number) => diffOf(prev, version, [fly(debit)], { symbol });

describe('the worker of the heatmap', () => {
  test('tells what changed, at most four times a second, the last in the end', async () => {
    frame('heatmap', whole('A'));
    await vi.advanceTimersByTimeAsync(300);
    for (let n = 0; n < 20; n++) {
      frame('heatmap_diff', diff('A', 1000 + n, 1001 + n, n));
      await vi.advanceTimersByTimeAsync(50);
    }
    await vi.advanceTimersByTimeAsync(300);
    expect(news().length).toBeLessThanOrEqual(6);
    expect([news()[0]?.header.version, news().at(-1)?.header.version]).toEqual([1000, 1020]);
    expect(Object.keys(news().at(-1)?.fresh ?? {})).toEqual(['butterfly:0']);
  });

  test('what cannot be read, or changes nothing, is not told', async () => {
    tell({ kind: 'frame', event: 'heatmap', text: '{' });
    frame('heatmap_diff', diff('B', 1, 2, 3));
    await vi.advanceTimersByTimeAsync(500);
    expect(told).toEqual([]);
  });

  test('a gap is told at once, filled from the gateway, and what waited is applied', async () => {
    frame('heatmap', whole('C'));
    frame('heatmap_diff', diff('C', 1001, 1002, 9));
    await vi.advanceTimersByTimeAsync(500);
    expect(news().at(-1)).toMatchObject({ isBehind: true, header: { version: 1000 } });
    const fetched = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(JSON.stringify({ success: true, data: whole('C', 1001), ts: 1 })));
    tell({ kind: 'fetch', id: 7, symbol: 'C' });
    await vi.advanceTimersByTimeAsync(10);
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/models/heatmap/C');
    expect(news().at(-1)).toMatchObject({ isBehind: false, header: { version: 1002 } });
    expect(told.at(-1)).toEqual({ kind: 'answered', id: 7, failure: null });
  });

  test('what the stream brought meanwhile is not asked for', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    frame('heatmap', whole('D'));
    tell({ kind: 'fetch', id: 8, symbol: 'D' });
    await vi.advanceTimersByTimeAsync(10);
    expect(told.map(({ kind }) => kind)).toEqual(['news', 'answered']);
    expect(fetched).not.toHaveBeenCalled();
  });

  test('a refusal is told', async () => {
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(JSON.stringify({ success: false, error: 'no_data', message: 'Nothing yet.' }), { status: 404 }));
    tell({ kind: 'fetch', id: 9, symbol: 'E' });
    await vi.advanceTimersByTimeAsync(10);
    expect(told).toEqual([{ kind: 'answered', id: 9, failure: { code: 'no_data', message: 'Nothing yet.', status: 404, requestId: null } }]);
  });
});
