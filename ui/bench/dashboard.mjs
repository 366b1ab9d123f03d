/**
 * The speed of the dashboard in Chromium, from its own trace: how it loads, how it keeps up under load, what it keeps in memory.
 *
 * node bench/dashboard.mjs [name=value …]
 *
 * url=       measures that fleet as it is, with the load that its market makes; without it: a build of its own, served by
 *            the double of `dev/` under the load below
 * diffs=20   differences of the heatmap a second, each of tiles=200 of 8,400
 * ticks=50   ticks a second
 * loads=5    loads with an empty cache; as many sleeps where the double can play them
 * seconds=60 of frames
 * minutes=30 of memory; 0 leaves it out
 * dist=      where the build goes, `../target/bench/ui` unless told
 * out=       where the figures go as JSON, `../target/bench/dashboard.json` unless told
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { build } from 'vite';
import { calculations } from './calculations.mjs';
import { sizesOf } from './sizes.mjs';
import { slope, sum } from './statistics.mjs';

const ROOT = join(import.meta.dirname, '..');
const TARGET = join(ROOT, '..', 'target', 'bench');
const KIB = 1024;
const MIB = KIB * KIB;

const given = Object.fromEntries(process.argv.slice(2).map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]));
const number = (name, usual) => Number(given[name] ?? usual);
const spec = { diffs: number('diffs', 20), tiles: number('tiles', 200), ticks: number('ticks', 50) };
const [seconds, minutes] = [number('seconds', 60), number('minutes', 30)];
const dist = resolve(given.dist ?? join(TARGET, 'ui'));
const out = resolve(given.out ?? join(TARGET, 'dashboard.json'));

if (given.url) process.env.MS_URL = given.url;
else {
  delete process.env.MS_URL;
  process.env.MS_DIST = dist;
  await build({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn', build: { outDir: dist, emptyOutDir: true, manifest: true } });
}
// They read the environment when they are loaded.
const { openBrowser, openTarget } = await import('../e2e/target.mjs');
const { arrivals, frames, loads, memoryOf, openLoaded, wakes } = await import('./page.mjs');

const target = await openTarget();
const browser = await openBrowser();
const result = { at: new Date().toISOString(), target: given.url ?? 'double', chromium: browser.version(), ...(target.hooks.load && { load: spec }) };
try {
  if (!given.url) [result.sizes, result.calculations] = [await sizesOf(dist), await calculations(ROOT)];
  result.loads = await loads(browser, target.url, number('loads', 5));
  result.frames = await kept();
  if (target.hooks.play) result.wakes = await slept();
  if (minutes > 0) result.memory = await remembered();
} finally {
  await browser.close();
  await target.close();
}
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify(result, null, 2)}\n`);
print(rowsOf(result));

/** Frames under load, and what load it was. */
async function kept() {
  const { page, complaints, close } = await openLoaded(browser, target, spec);
  const measured = { ...(await frames(browser, page, seconds)), arrivedPerSec: await arrivals(page, Math.min(5, seconds)), complaints: [...complaints] };
  await close();
  return measured;
}

/** Nights before a double of their own: its time goes on. */
async function slept() {
  const night = await openTarget();
  const measured = await wakes(browser, night, number('loads', 5));
  await night.close();
  return measured;
}

/** A look each minute, the first after the page has settled. */
async function remembered() {
  const { page, close } = await openLoaded(browser, target, spec);
  const look = await memoryOf(browser, page);
  await page.waitForTimeout(30_000);
  const looks = [await look()];
  for (let minute = 0; minute < minutes; minute++) {
    await page.waitForTimeout(60_000);
    looks.push(await look());
  }
  await close();
  const [first, last] = [looks[0], looks.at(-1)];
  const heaps = looks.map(({ heap }, minute) => [minute, heap]);
  // At first caches fill; what counts for a day is what comes after.
  return { minutes, first, last, heapPerHour: 60 * slope(heaps), settledPerHour: 60 * slope(heaps.slice(Math.round(minutes / 3))), looks };
}

function rowsOf({ sizes, calculations: sums, loads: { median, worst }, frames: run, memory, wakes: woken }) {
  const kib = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`;
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  const both = ({ gzip, brotli, files }) => `${kib(gzip)} gzip, ${kib(brotli)} brotli (${files} ${files === 1 ? 'file' : 'files'})`;
  const two = (name) => `${median[name].toFixed(0)} ms, worst ${worst[name].toFixed(0)}`;
  const busy = run.busyMsPerSec;
  const arrived = (event) => (run.arrivedPerSec[event] ?? 0).toFixed(0);
  return [
    ...(sizes ? [
      ['JavaScript at first', '250 KB', both(sizes.initialJs)], ['chart, fetched later', 'lazy', both(sizes.chartJs)], ['all other pages and panels, fetched later', '–', both(sizes.otherJs)],
      ['style sheets at first', '40 KB', both(sizes.initialCss)],
      ['risk graph of ten positions of four legs', '8 ms', `${sums.riskMs.toFixed(2)} ms`],
      ['a difference of 200 tiles taken in', '30 ms', `${sums.diffMs.toFixed(2)} ms`],
    ] : [['scripts of the workspace as transferred', '–', kib(median.scriptBytes)]]),
    ['first paint with content', '–', two('paintedMs')],
    ['first useful paint', '1,500 ms', two('usefulMs')],
    ['interactive', '2,500 ms', two('interactiveMs')],
    ['first price that moves', '2,000 ms', two('movedMs')],
    ...(woken ? [['live again after a night\'s sleep', '2,000 ms', `${woken.median.liveMs.toFixed(0)} ms, worst ${woken.worst.liveMs.toFixed(0)}`]] : []),
    ['processor time of the main thread until all is there', '–', two('busyMs')],
    ['longest task of the load', '–', two('longestTaskMs')],
    [`frames a second over ${run.seconds} s, ${arrived('heatmap_diff')} differences and ${arrived('tick')} ticks a second`, '50', run.perSec.toFixed(1)],
    ['the same, 5th percentile of single seconds, and the worst one', '–', `${run.perSecP5.toFixed(0)}, ${run.perSecWorst}`],
    ['from frame to frame: median, 95th, 99th percentile', '–', `${run.gapP50Ms.toFixed(1)}, ${run.gapP95Ms.toFixed(1)}, ${run.gapP99Ms.toFixed(1)} ms`],
    ['longest task, of it processor time', '50 ms', `${run.longestTaskMs.toFixed(1)} ms, ${run.longestTaskCpuMs.toFixed(1)} ms`],
    ['main thread busy in a second', '–', `${sum(Object.values(busy)).toFixed(0)} ms: ${Object.entries(busy).map(([kind, ms]) => `${kind} ${ms.toFixed(0)}`).join(', ')}`],
    ...(memory ? [
      [`heap after ${memory.minutes} min, all freed that can be`, '+20 MiB', `${mib(memory.first.heap)} to ${mib(memory.last.heap)}`],
      ['its slope, and that of its last two thirds', '–', `${(memory.heapPerHour / MIB).toFixed(2)}, ${(memory.settledPerHour / MIB).toFixed(2)} MiB an hour`],
      ['renderer, resident', '–', `${mib(memory.first.resident)} to ${mib(memory.last.resident)}`],
      ['nodes, listeners', '–', `${memory.first.nodes} to ${memory.last.nodes}, ${memory.first.listeners} to ${memory.last.listeners}`],
    ] : []),
  ];
}

function print(rows) {
  const lines = [['', 'limit', 'measured'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column].length)));
  const line = (cells) => `| ${cells.map((cell, n) => cell.padEnd(widths[n])).join(' | ')} |`;
  console.log([line(lines[0]), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.slice(1).map(line)].join('\n'));
}
