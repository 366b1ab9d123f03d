/** What the page calculates, without a page: the median of many runs in this process, milliseconds. The engine is Chromium's. */
import { createServer } from 'vite';
import { median } from './statistics.mjs';

const RUNS = 200;
const TODAY = '2025-11-21';
const SPOT = 6400;

/** Ten positions of four legs each. */
function positions() {
  const leg = (n, i) => ({ expiration: TODAY, strike: 6300 + 5 * ((7 * n + 11 * i) % 41), right: i % 2 ? 'put' : 'call', quantity: i % 3 ? 1 : -1 });
  return Array.from({ length: 10 }, (_, n) => ({ id: `${n}`, symbol: 'I:SPX', cost: 1, marketValue: 2, legs: Array.from({ length: 4 }, (__, i) => leg(n, i)) }));
}

export async function calculations(root) {
  const vite = await createServer({ root, configFile: false, appType: 'custom', logLevel: 'warn', server: { middlewareMode: true, ws: false } });
  try {
    const load = (path) => vite.ssrLoadModule(path);
    const [{ riskPicture }, { NO_WHAT_IF }, { takeDiff, takeWhole }, { diffOf, heatmapOf, MORNING_TS, tileOf }] = await Promise.all(
      ['/src/kit/risk/picture.ts', '/src/kit/risk/model.ts', '/src/live/heatmap.ts', '/src/test/samples.ts'].map(load),
    );
    const input = {
      symbol: 'I:SPX', underlyings: { 'I:SPX': { spot: SPOT, ivs: { [TODAY]: 0.151 } } }, held: positions(), view: [6300, 6500], between: [], nowSec: MORNING_TS, vix: 16, rate: 0.05, whatIf: NO_WHAT_IF,
    };
    const book = takeWhole(undefined, heatmapOf({}, 340));
    const diff = diffOf(1000, 1001, Array.from({ length: 200 }, (_, n) => tileOf('butterfly', 6630 + 5 * (n - 100), 20, n, 5)));
    return { riskMs: timed(() => riskPicture(input)), diffMs: timed(() => takeDiff(book, diff)) };
  } finally {
    await vite.close();
  }
}

function timed(run) {
  return median(Array.from({ length: RUNS }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  }));
}
