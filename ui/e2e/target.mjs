/**
 * What the browser tests run against: the fleet at `MS_URL`, or the double of `dev/` when that is not set.
 *
 * MS_URL                     base URL; a self-signed certificate is accepted
 * MS_SHOTS                   directory of screenshots for whoever looks at a run; none are taken when it is not set.
 *                            The pictures of `docs/ui` are another matter: see `pictures.mjs`
 * MS_UPDATE_SHOTS            keeps what is seen as the pictures of `docs/ui`
 * MS_CHROMIUM                browser, default `/usr/bin/chromium`
 * MS_HOOK_STOP_MASSIVE       shell commands that make the faults; a fault test exists only when its commands do
 * MS_HOOK_START_MASSIVE
 * MS_HOOK_RESTART_GATEWAY
 * MS_HOOK_RELOAD_NGINX
 * MS_HOOK_RESTART_MARKET_REDIS
 * MS_HOOK_PUBLISH            publishes on market-redis; gets channel and message as two more arguments
 * MS_HOOK_ALERTS             prints the alerts of the last minutes, one JSON object a line, without help of the gateway
 */
import { exec } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { startGateway } from '../dev/gateway.mjs';

const run = promisify(exec);
const ROOT = join(import.meta.dirname, '..', '..');

const hook = (name) => {
  const command = process.env[name];
  return command ? async () => (await run(command, { cwd: ROOT, timeout: 120_000 })).stdout : null;
};

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const publisher = () => {
  const command = process.env.MS_HOOK_PUBLISH;
  return command ? (channel, message) => run(`${command} ${quoted(channel)} ${quoted(message)}`, { cwd: ROOT, timeout: 20_000 }) : null;
};

/** `{url, hooks, close}`; a hook that does not exist is null. */
export async function openTarget() {
  const url = process.env.MS_URL;
  if (url) {
    const hooks = {
      stopMassive: hook('MS_HOOK_STOP_MASSIVE'),
      startMassive: hook('MS_HOOK_START_MASSIVE'),
      restartGateway: hook('MS_HOOK_RESTART_GATEWAY'),
      alerts: hook('MS_HOOK_ALERTS'),
      reloadNginx: hook('MS_HOOK_RELOAD_NGINX'),
      restartMarketRedis: hook('MS_HOOK_RESTART_MARKET_REDIS'),
      publish: publisher(),
      skipDiff: null,
      play: null,
      load: null,
    };
    return { url: url.replace(/\/$/, ''), hooks, close: async () => {} };
  }
  const double = await startGateway();
  return {
    url: double.url,
    hooks: {
      stopMassive: async () => double.control('massive', { running: false }),
      startMassive: async () => double.control('massive', { running: true }),
      restartGateway: async () => double.control('restart'),
      alerts: null,
      reloadNginx: null,
      restartMarketRedis: null,
      publish: null,
      skipDiff: async () => double.control('set', { hasGap: true }),
      play: async (what, change) => double.control(what, change),
      load: async (spec) => double.control('load', spec),
    },
    close: double.close,
  };
}

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.MS_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
}

/** A page of its own with what went wrong on it: console errors, exceptions, requests to other hosts. */
export async function openPage(browser, url, { width = 1440, height = 900, theme = 'dark', scale = 1, landing = '', context: more = {}, prepare } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, ignoreHTTPSErrors: true, ...more });
  await context.addInitScript((chosen) => localStorage.setItem('ms:prefs', JSON.stringify({ theme: chosen })), theme);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !isNotYet(message) && !isCutOff(message.text()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => new URL(request.url()).origin !== new URL(url).origin && !/^(data|blob):/.test(request.url()) && complaints.push(`request to ${request.url()}`));
  page.on('requestfailed', (request) => {
    const isNeeded = ['document', 'script', 'stylesheet', 'font'].includes(request.resourceType());
    if (isNeeded && isCutOff(request.failure()?.errorText)) page.reload({ waitUntil: 'commit' }).catch(() => {});
  });
  await prepare?.(page);
  await page.goto(url + landing, { waitUntil: 'commit' }).catch((error) => {
    if (!isCutOff(error.message)) throw error;
  });
  return { page, complaints, get: async (path) => (await context.request.get(url + path)).json(), close: () => context.close() };
}

/** Chromium drops what it is loading when a network interface comes or goes, and every container brings one. */
const isCutOff = (text) => text?.includes('ERR_NETWORK_CHANGED') ?? false;

/** A model that is not published yet is answered with 404, and the browser tells of every 404. */
const isNotYet = (message) => /\b404\b/.test(message.text()) && /\/api\/(models|dealer-gravity|admin)\//.test(message.location().url);

export async function shoot(page, name) {
  const directory = process.env.MS_SHOTS;
  if (!directory) return;
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}

/** What the contract gives two seconds for. A test asks whether it happens; how fast it is, `bench/dashboard.mjs` measures. */
export const SOON_MS = 10_000;

/** Calls `look` until it answers something truthy, and answers that. */
export async function until(what, look, timeoutMs = SOON_MS) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

/** Waits for the connection badge to be of `kind`; when it never is, says what it was instead. */
export async function untilBadge(page, kind, timeout = 30_000) {
  try {
    await page.locator(`[data-testid=connection][data-kind=${kind}]`).waitFor({ timeout });
  } catch (cause) {
    const badge = page.getByTestId('connection');
    const seen = await badge.evaluateAll(([shown]) => shown && `${shown.dataset.kind}: ${shown.textContent}`).catch(() => 'a page that does not answer');
    const services = await page.$$eval('[data-service]', (all) => all.map(({ dataset }) => `${dataset.service} ${dataset.status}`)).catch(() => []);
    throw new Error(`the badge is not ${kind} but ${seen ?? 'missing'} (${services.join(', ')})`, { cause });
  }
}

/** The tiles as `{symbol: {value, ts, text}}`. */
export const tiles = (page) =>
  page.$$eval('[data-testid=tile]', (all) =>
    Object.fromEntries(all.map((tile) => [tile.dataset.symbol, { value: Number(tile.dataset.value), ts: Number(tile.dataset.ts), text: tile.textContent }])));

/** Stamp of the newest price on the page, epoch seconds. */
export const newestTs = async (page) => Math.max(...Object.values(await tiles(page)).map((tile) => tile.ts));

/** The bars of the table view, newest first, each `{t, o, h, l, c}`. Leaves the chart showing. */
export async function tableBars(page) {
  const button = page.getByRole('button', { name: 'Table' });
  await button.click();
  const bars = await page.$$eval('[data-testid=bar-table] tbody tr', (rows) =>
    rows.map((row) => {
      const [o, h, l, c] = [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent.replaceAll(',', '')));
      return { t: Number(row.dataset.t), o, h, l, c };
    }));
  await button.click();
  return bars;
}

/** How many colours the chart is drawn in. */
export const colours = (page) => page.getByTestId('chart').evaluate((stage) => {
  const canvas = stage.querySelector('canvas');
  if (!canvas?.width) return 0;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
});

/** Whether two bars are equal as far as the page prints them: to the cent. */
export const isSameBar = (a, b) => a !== undefined && b !== undefined && ['o', 'h', 'l', 'c'].every((name) => Math.abs(a[name] - b[name]) < 0.006);

/** Ids of what the log tells, the repeats that a line stands for among them. */
export const logIds = (page) => page.$$eval('[data-testid=log] > li', (lines) => lines.flatMap((line) => line.dataset.ids.split(' ')));
