/**
 * What the browser's own EventSource and a client library make of the streams of a real gateway. Exists only where
 * messages can be published.
 */
import assert from 'node:assert/strict';
import { createServer, connect } from 'node:net';
import { after, before, test } from 'node:test';
import { EventSource } from 'eventsource';
import { openBrowser, openTarget, until } from './target.mjs';

const CHANNEL = 'copilot:commentary:message';

const target = await openTarget();
const { publish, restartGateway, reloadNginx, restartMarketRedis } = target.hooks;
let browser;

if (publish) {
  before(async () => {
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await target.close();
  });
} else {
  // Without a test no hook runs either.
  await target.close();
}

/** A relay to the target whose open connections can be cut. */
async function relay() {
  const { protocol, hostname, port } = new URL(target.url);
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(Number(port || (protocol === 'https:' ? 443 : 80)), hostname);
    for (const [from, to] of [[near, far], [far, near]]) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => (sockets.delete(from), to.destroy()));
      from.pipe(to);
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `${protocol}//localhost:${server.address().port}`,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: () => (sockets.forEach((socket) => socket.destroy()), server.close()),
  };
}

/** A page that notes the remarks, and how each connection began. */
async function listen(t, url) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${url}/api/health`);
  await page.evaluate(() => {
    window.seen = { remarks: [], connected: [], resyncs: [] };
    const source = new EventSource('/sse/vexy?topics=commentary');
    const note = (event, list, of) => source.addEventListener(event, ({ data }) => window.seen[list].push(of(JSON.parse(data))));
    note('commentary', 'remarks', (remark) => remark.n);
    note('connected', 'connected', ({ gen, resumed }) => ({ gen, resumed }));
    note('resync', 'resyncs', (resync) => resync);
  });
  const seen = () => page.evaluate(() => window.seen);
  await until('the stream is open', async () => (await seen()).connected.length === 1);
  return { seen };
}

const remark = (n) => publish(CHANNEL, JSON.stringify({ id: `cmt_${n}`, n }));

const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

async function remarks(from, to) {
  for (const n of numbers(from, to)) await remark(n);
}

if (publish) {
  test('a browser that is cut off comes back by itself and misses and repeats nothing', async (t) => {
    const line = await relay();
    t.after(line.close);
    const { seen } = await listen(t, line.url);
    await remarks(1, 3);
    await until('the first remarks', async () => (await seen()).remarks.length === 3);
    line.cut();
    await remarks(4, 6);
    await until('it is back', async () => (await seen()).connected.length === 2, 20_000);
    await remarks(7, 9);
    await until('the last remark', async () => (await seen()).remarks.at(-1) === 9);
    const { remarks: told, connected, resyncs } = await seen();
    assert.deepEqual(told, numbers(1, 9));
    assert.deepEqual([connected[1].gen, connected[1].resumed, resyncs], [connected[0].gen, true, []]);
  });
}

if (publish && restartGateway) {
  test('after a restart of the gateway a browser is told what it may have missed, and repeats nothing', async (t) => {
    const { seen } = await listen(t, target.url);
    await remarks(1, 3);
    await until('the first remarks', async () => (await seen()).remarks.length === 3);
    await restartGateway();
    await until('it is back', async () => (await seen()).connected.length === 2, 60_000);
    await remarks(4, 6);
    await until('the last remark', async () => (await seen()).remarks.at(-1) === 6);
    const { remarks: told, connected, resyncs } = await seen();
    assert.deepEqual(told, numbers(1, 6));
    assert.notEqual(connected[1].gen, connected[0].gen);
    assert.deepEqual([connected[1].resumed, resyncs], [false, [{ reason: 'unknown_id', topics: ['commentary'] }]]);
  });
}

if (publish && reloadNginx) {
  test('a browser whose nginx is reloaded comes back with its last id and misses and repeats nothing', async (t) => {
    const { seen } = await listen(t, target.url);
    await remarks(1, 3);
    await until('the first remarks', async () => (await seen()).remarks.length === 3);
    await reloadNginx();
    await remarks(4, 6);
    // The old worker keeps its streams for up to 30 s.
    await until('it is back', async () => (await seen()).connected.length === 2, 60_000);
    await remarks(7, 9);
    await until('the last remark', async () => (await seen()).remarks.at(-1) === 9);
    const { remarks: told, connected, resyncs } = await seen();
    assert.deepEqual(told, numbers(1, 9));
    assert.deepEqual([connected[1].gen, connected[1].resumed, resyncs], [connected[0].gen, true, []]);
  });
}

if (publish && restartMarketRedis) {
  test('after a restart of market-redis a browser is told of the gap and goes on where it was', async (t) => {
    const { seen } = await listen(t, target.url);
    await remarks(1, 3);
    await until('the first remarks', async () => (await seen()).remarks.length === 3);
    await restartMarketRedis();
    await until('the gap is told', async () => (await seen()).resyncs.length > 0, 60_000);
    await remarks(4, 6);
    await until('the last remark', async () => (await seen()).remarks.at(-1) === 6);
    const { remarks: told, connected, resyncs } = await seen();
    assert.deepEqual(told, numbers(1, 6));
    // Chromium itself cuts its lines when the container takes its network interface along.
    for (const { gen, resumed } of connected.slice(1)) assert.deepEqual([gen, resumed], [connected[0].gen, true]);
    assert.deepEqual(resyncs[0], { reason: 'bus_gap', topics: ['commentary'] });
  });
}

if (publish) {
  test('a client library comes back with its last id and misses and repeats nothing', async (t) => {
    const line = await relay();
    t.after(line.close);
    const told = [];
    const began = [];
    // The certificate is self-signed, and Node's own fetch has no switch for one request.
    const strictness = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const source = new EventSource(`${line.url}/sse/vexy?topics=commentary`);
    t.after(() => {
      source.close();
      if (strictness === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = strictness;
    });
    source.addEventListener('commentary', ({ data }) => told.push(JSON.parse(data).n));
    source.addEventListener('connected', ({ data }) => began.push(JSON.parse(data).resumed));
    await until('the stream is open', () => began.length === 1);
    await remarks(1, 3);
    await until('the first remarks', () => told.length === 3);
    line.cut();
    await remarks(4, 6);
    await until('it is back', () => began.length === 2, 20_000);
    await remarks(7, 9);
    await until('the last remark', () => told.at(-1) === 9);
    assert.deepEqual([told, began], [numbers(1, 9), [false, true]]);
  });
}
