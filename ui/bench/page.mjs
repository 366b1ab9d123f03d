/** The page under measurement: how it is opened, what is asked of it. Times are milliseconds, sizes bytes. */
import { readFile } from 'node:fs/promises';
import { sleep, withClock } from '../e2e/sleep.mjs';
import { newestTs, openPage, until, untilBadge } from '../e2e/target.mjs';
import { median, perSecond, quantile } from './statistics.mjs';
import { busyUntil, framesOf, instantOf, interactiveMs, longestOf, mainOf, navigationOf, record, splitOf } from './trace.mjs';

const SIZE = { width: 1440, height: 900 };
/** For so long after the page is complete no task of more than 50 ms may come, or it was not interactive yet. */
const QUIET_MS = 5000;
const PAGE_BYTES = 4096;
const NIGHT_SEC = 9 * 3600;

/** Runs in the page: marks the frame that first shows something of use, the one that shows all that is looked at first, and the first price that moves. */
function watch() {
  const has = (...selectors) => selectors.every((selector) => document.querySelector(selector) !== null);
  const [price, regime, tiles, bars] = ['[data-testid=main-quote][data-ts]', '[data-testid=regime]', '[data-testid=heat-grid] [data-strike]', '[data-testid=chart] canvas'];
  const prices = new Map();
  const hasMoved = ({ dataset: { symbol, value } }) => {
    const last = prices.get(symbol);
    prices.set(symbol, value);
    return last !== undefined && last !== value;
  };
  const marks = {
    'bench-useful': () => has(price) && (has(tiles) || has(bars)),
    'bench-complete': () => has(price, regime, tiles, bars),
    'bench-moved': () => [...document.querySelectorAll('[data-testid=tile]')].some(hasMoved),
  };
  const observer = new MutationObserver(() => {
    for (const [name, isSo] of Object.entries(marks)) {
      if (!isSo()) continue;
      delete marks[name];
      // Behind the frame that paints it.
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => performance.mark(name));
      port1.start();
      requestAnimationFrame(() => port2.postMessage(null));
    }
    if (Object.keys(marks).length === 0) observer.disconnect();
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
}

/** One load without anything in the cache. */
export async function loadOnce(browser, url) {
  const context = await browser.newContext({ viewport: SIZE, ignoreHTTPSErrors: true });
  await context.addInitScript(watch);
  const page = await context.newPage();
  const events = await record(browser, async () => {
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForFunction(() => ['bench-complete', 'bench-moved'].every((name) => performance.getEntriesByName(name).length > 0), null, { polling: 250, timeout: 60_000 });
    await page.waitForTimeout(QUIET_MS);
  });
  const scriptBytes = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((total, { encodedBodySize }) => total + encodedBodySize, 0));
  await context.close();
  const { frame, atMs, ...main } = navigationOf(events, url);
  const completeAtMs = instantOf(events, 'bench-complete');
  return {
    paintedMs: instantOf(events, 'firstContentfulPaint', frame) - atMs, usefulMs: instantOf(events, 'bench-useful') - atMs, completeMs: completeAtMs - atMs, movedMs: instantOf(events, 'bench-moved') - atMs,
    interactiveMs: interactiveMs(events, main, atMs, completeAtMs), busyMs: busyUntil(events, main, completeAtMs), longestTaskMs: longestOf(events, main).wallMs, scriptBytes,
  };
}

/** `count` loads: the median and the worst of each. */
export async function loads(browser, url, count) {
  return ofAll(count, () => loadOnce(browser, url));
}

/** From the end of a night's sleep to a live page with a price of the morning, looked at ten times a second. */
export async function wakes(browser, { url, hooks }, count) {
  return ofAll(count, async () => {
    const { page, close } = await openPage(browser, url, { ...SIZE, prepare: withClock });
    await untilBadge(page, 'live');
    const fellAsleep = await newestTs(page);
    await sleep(hooks.play, page, NIGHT_SEC);
    const atMs = performance.now();
    await until('a price of the morning', async () => (await newestTs(page)) > fellAsleep + NIGHT_SEC - 1, 30_000);
    await untilBadge(page, 'live');
    const liveMs = performance.now() - atMs;
    await close();
    return { liveMs };
  });
}

/** Does it `count` times: the median and the worst of each figure. */
async function ofAll(count, once) {
  const all = [];
  for (let n = 0; n < count; n++) all.push(await once());
  const names = Object.keys(all[0]);
  return { median: Object.fromEntries(names.map((name) => [name, median(all.map((each) => each[name]))])), worst: Object.fromEntries(names.map((name) => [name, Math.max(...all.map((each) => each[name]))])) };
}

/** The workspace with its data, and the load put on it when there is one to be had. */
export async function openLoaded(browser, { url, hooks }, spec) {
  const opened = await openPage(browser, url, SIZE);
  await untilBadge(opened.page, 'live');
  await opened.page.locator('[data-testid=heat-grid] [data-strike]').first().waitFor({ timeout: 60_000 });
  await opened.page.locator('[data-testid=chart] canvas').first().waitFor();
  await hooks.load?.(spec);
  await opened.page.waitForTimeout(3000);
  return opened;
}

/** The frames that the main thread makes in `seconds` when it is asked for one at every refresh of the screen. */
export async function frames(browser, page, seconds) {
  await page.evaluate(() => {
    const next = () => requestAnimationFrame(next);
    next();
  });
  const events = await record(browser, () => page.waitForTimeout(1000 * seconds));
  const main = mainOf(events);
  const stamps = framesOf(events, main);
  const each = perSecond(stamps, stamps[0], stamps.at(-1));
  const gaps = stamps.slice(1).map((stamp, n) => stamp - stamps[n]);
  const { wallMs, cpuMs } = longestOf(events, main);
  const split = splitOf(events, main);
  return {
    seconds: each.length, perSec: (1000 * gaps.length) / (stamps.at(-1) - stamps[0]), perSecP5: quantile(each, 0.05), perSecWorst: Math.min(...each), gapP50Ms: median(gaps), gapP95Ms: quantile(gaps, 0.95),
    gapP99Ms: quantile(gaps, 0.99), longestTaskMs: wallMs, longestTaskCpuMs: cpuMs, busyMsPerSec: Object.fromEntries(Object.entries(split).map(([kind, ms]) => [kind, ms / seconds])),
  };
}

/** Frames of the stream that the page is given in a second, by event. */
export async function arrivals(page, seconds) {
  const devtools = await page.context().newCDPSession(page);
  const counts = {};
  devtools.on('Network.eventSourceMessageReceived', ({ eventName }) => {
    counts[eventName] = (counts[eventName] ?? 0) + 1 / seconds;
  });
  await devtools.send('Network.enable');
  await page.waitForTimeout(1000 * seconds);
  await devtools.detach();
  return counts;
}

/** A reader of the page's memory after all that can be freed was freed. */
export async function memoryOf(browser, page) {
  const devtools = await page.context().newCDPSession(page);
  const whole = await browser.newBrowserCDPSession();
  await devtools.send('Performance.enable');
  return async () => {
    for (let n = 0; n < 2; n++) await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    const metric = (name) => metrics.find((each) => each.name === name)?.value ?? null;
    return { heap: usedSize, nodes: metric('Nodes'), listeners: metric('JSEventListeners'), resident: await resident(whole) };
  };
}

/** Memory of the busiest renderer with its workers, as the system counts it. */
async function resident(devtools) {
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  const [renderer] = processInfo.filter(({ type }) => type === 'renderer').toSorted((a, b) => b.cpuTime - a.cpuTime);
  const pages = (await readFile(`/proc/${renderer.id}/statm`, 'utf8')).split(' ')[1];
  return PAGE_BYTES * Number(pages);
}
