/**
 * A double of the gateway for work on the page without the fleet: it speaks the contract of `/api` and `/sse/all`
 * over a deterministic market, serves `ui/dist`, and takes faults at `POST /__test/<what>`.
 *
 * `node dev/gateway.mjs [port]`, then `npm run dev` or the built page at the same port.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { account } from './account.mjs';
import { admin } from './admin.mjs';
import { heavyHeatmap } from './load.mjs';
import { market } from './market.mjs';
import { models } from './models.mjs';

const DIST = process.env.MS_DIST ?? join(import.meta.dirname, '..', 'dist');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const POLICY = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self'; connect-src 'self' wss:; frame-ancestors 'self'; base-uri 'self'; form-action 'self'";
const START_MARKET = Date.parse('2025-11-21T18:42:00Z') / 1000;
const SERVICES = [['massive', 1, 5], ['sse', 2, 5], ['healer', 0, 10], ['sentinel', 0, 10], ['mesh', 1, 10], ['exchange-sim', 1, 5], ['ui', 2, 5], ['admin', 2, 10]];

/** Topics that carry an event of another name. */
const CARRIERS = { heatmap_diff: 'heatmap', dealer_gravity_artifact_updated: 'dealer_gravity' };

/** Starts the double; port 0 takes a free one. With `stillAt` its time stands at that second until `step`. */
export async function startGateway(port = 0, { stillAt = null } = {}) {
  let standing = stillAt;
  let sleptSec = 0;
  const seconds = () => (standing === null ? sleptSec + Math.round(Date.now()) / 1000 : standing + faults.lagSec);
  /** When the models were made. */
  const madeAt = () => standing ?? seconds();
  const faults = { isMassiveDown: false, isAway: false, failing: new Map(), session: 'regular', publicMode: true, speed: 1, isEmpty: false, isSilent: false, hasGap: false, status: 'healthy', lagSec: 0 };
  const started = seconds();
  const world = market(START_MARKET);
  const clients = new Set();
  const fleet = new Map(SERVICES.map(([id, phase, interval], n) => [id, { id, phase, interval, beatAt: seconds() - n * 0.7, status: 'alive', state: 'running', health: null, last_alert: null }]));
  let gen = randomBytes(4).toString('hex');
  let number = 0;
  let clock = null;

  const marketTs = () => Math.round((START_MARKET + (madeAt() - started) * faults.speed) * 1000) / 1000;
  const past = { '/api/fleet/alerts': [], '/api/models/events': [] };
  const emit = (event, data, wants = () => true) => {
    if (event === 'fleet_alert') past['/api/fleet/alerts'].unshift(data);
    if (event === 'feed_event') past['/api/models/events'].unshift(data);
    number += 1;
    const frame = `id: ${gen}-${number}.${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const client of clients) if (client.topics.has(CARRIERS[event] ?? event) && wants(client)) client.response.write(frame);
  };
  const spots = () => Object.fromEntries(world.symbols.map((symbol) => [symbol, world.spot(symbol, madeAt(), marketTs(), faults.session)]));
  let lastSpots = spots();
  const chain = models((symbol) => lastSpots[symbol].value);
  const vix = () => lastSpots['I:VIX'].value;
  for (const symbol of chain.symbols) chain.reprice(symbol, seconds(), marketTs(), vix());
  /** The heatmap under load, in the place of the chain's own. */
  let heavy = null;
  const heatmapOf = (symbol) => (heavy?.symbol === symbol ? heavy.heatmap.whole() : chain.heatmap(symbol));
  /** `diffs` a second of `tiles` each, and `ticks` a second. */
  const load = ({ symbol = 'I:SPX', diffs = 20, tiles = 200, ticks = 50, ...size }) => {
    heavy?.timers.forEach(clearInterval);
    const heatmap = heavyHeatmap(symbol, lastSpots[symbol].value, size, seconds(), marketTs());
    const often = (perSec, act) => (perSec > 0 ? [setInterval(act, 1000 / perSec)] : []);
    heavy = {
      symbol, heatmap, timers: [
        ...often(diffs, () => emit('heatmap_diff', heatmap.next(Math.min(tiles, heatmap.count), lastSpots[symbol].value, seconds(), marketTs()), ofSymbol(symbol))),
        ...often(ticks, () => emit('tick', { symbol, ev: 'V', p: lastSpots[symbol].value, t: Math.round(marketTs() * 1000) }, ofSymbol(symbol))),
      ],
    };
    emit('heatmap', heatmap.whole(), ofSymbol(symbol));
  };
  const ofSymbol = (symbol) => (client) => client.symbols.has(symbol);

  const fleetFrame = () => ({
    ts: madeAt(),
    services: [...fleet.values()].map(({ id, phase, status, beatAt, interval, state, health, last_alert }) => ({
      id, phase, status, hb_age_sec: beatAt === null ? null : Math.round((seconds() - beatAt) * 10) / 10, hb_interval_sec: interval, state, health, last_alert,
    })),
  });
  const alert = (raw) => {
    const full = { ts: seconds(), ...raw };
    const service = fleet.get(full.svc);
    if (service) {
      service.last_alert = full;
      if (/^(heartbeat|healer)_(miss|ok)$/.test(full.type)) service.health = { type: full.type, ts: full.ts };
    }
    emit('fleet_alert', full);
  };

  const members = account({ faults, seconds, emitTo: (event, data, isLast, wants = () => true) => {
    for (const client of clients) {
      if (!wants(client.user)) continue;
      client.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (isLast) client.response.end();
    }
  } });

  /** Who has the page open. */
  const viewers = () => {
    const by = new Map();
    for (const { user, sinceMs } of clients) {
      const seen = by.get(user.uid) ?? { uid: user.uid, name: user.name, sinceMs, streams: 0 };
      by.set(user.uid, { ...seen, sinceMs: Math.min(seen.sinceMs, sinceMs), streams: seen.streams + 1 });
    }
    return [...by.values()];
  };
  const office = admin({ json: (...answer) => json(...answer), now: seconds, spots: () => lastSpots, fleet: fleetFrame, members, viewers });

  const tellTime = () => {
    clock = { ts: madeAt(), market_ts: marketTs(), speed: faults.speed, session: faults.session, trading_date: '2025-11-21', source: 'server' };
  };
  tellTime();
  const isDown = () => faults.isMassiveDown || faults.isEmpty;
  const movePrices = () => {
    if (isDown()) return;
    world.move(marketTs());
    lastSpots = spots();
    if (faults.isSilent) return;
    emit('spot', lastSpots);
    for (const symbol of world.symbols) {
      emit('tick', { symbol, ev: symbol.startsWith('I:') ? 'V' : 'T', p: lastSpots[symbol].value, t: Math.round(marketTs() * 1000) }, ofSymbol(symbol));
    }
  };
  const passTime = () => {
    if (isDown()) return;
    tellTime();
    if (!faults.isSilent) emit('clock', clock);
  };
  const beat = () => {
    for (const service of fleet.values()) {
      if (service.status === 'alive' && seconds() - service.beatAt >= service.interval) service.beatAt = seconds();
    }
    if (!faults.isEmpty && !faults.isSilent) emit('fleet', fleetFrame());
  };
  const tellModels = () => {
    if (isDown() || faults.isSilent) return;
    for (const symbol of world.symbols) emit('candles', { ...world.candles(symbol, madeAt(), marketTs() - 600), partial: true }, ofSymbol(symbol));
    for (const symbol of chain.symbols) emit('gex', chain.gex(symbol, madeAt(), marketTs()), ofSymbol(symbol));
    for (const [event, data] of globals()) emit(event, data);
  };
  const reprice = () => {
    if (isDown()) return;
    for (const symbol of chain.symbols) {
      if (heavy?.symbol === symbol) continue;
      const next = chain.reprice(symbol, madeAt(), marketTs(), vix());
      if (!next?.diff || faults.isSilent) continue;
      const isReader = ofSymbol(symbol);
      // Nobody misses a diff that nobody reads.
      if (faults.hasGap && [...clients].some(isReader)) faults.hasGap = false;
      else emit('heatmap_diff', next.diff, isReader);
    }
  };
  const paces = stillAt === null ? [[movePrices, 250], [passTime, 1000], [beat, 1000], [tellModels, 5000], [reprice, 400]] : [];
  const timers = paces.map(([act, everyMs]) => setInterval(act, everyMs));

  /** The models that are not of one symbol. */
  function globals() {
    const { mode, bias } = chain.scores('I:SPX', madeAt(), marketTs());
    return [['gex_summary', chain.summaries(madeAt(), marketTs())], ['market_mode', mode], ['vix_regime', chain.regime(vix(), madeAt(), marketTs())], ['bias_lfi', bias]];
  }

  const control = {
    massive: ({ running }) => {
      faults.isMassiveDown = !running;
      const service = fleet.get('massive');
      Object.assign(service, running ? { status: 'alive', state: 'running', beatAt: seconds() } : { status: 'late' });
      alert(running ? { type: 'heartbeat_ok', svc: 'massive', age_sec: 0.2 } : { type: 'heartbeat_miss', svc: 'massive', late_sec: 30.4, timeout_sec: 30, reason: 'operator_stop' });
    },
    restart: ({ away_ms: awayMs = 1500 }) => {
      faults.isAway = true;
      for (const client of clients) client.response.destroy();
      setTimeout(() => {
        gen = randomBytes(4).toString('hex');
        number = 0;
        faults.isAway = false;
        alert({ type: 'service_restarted', svc: 'sse', severity: 'info' });
      }, awayMs);
    },
    fail: ({ path, status, body, retry_after }) => faults.failing.set(path, { status, body, retry_after }),
    heal: () => faults.failing.clear(),
    set: (change) => {
      Object.assign(faults, change);
      if (standing !== null) tellTime();
    },
    /** Lets `sec` seconds pass in time that stands still. */
    step: ({ sec }) => {
      for (let n = 1; n <= sec; n += 1) {
        standing += 1;
        for (const act of [movePrices, passTime, reprice]) act();
      }
      beat();
      tellModels();
    },
    service: ({ id, ...change }) => Object.assign(fleet.get(id), change),
    alert,
    feed: (event) => emit('feed_event', { ts: seconds(), market_ts: marketTs(), severity: 'info', symbol: null, path: null, detail: {}, ...event }),
    ...members.control,
    ...office.control,
    load,
    /** The gateway is about to end, and says so. */
    shutdown: () => { for (const client of clients) client.response.write(`event: shutdown\ndata: ${JSON.stringify({ ts: seconds() })}\n\n`); },
    /** Time passes for everybody, while the open streams fall silent without being closed. */
    sleep: ({ sec }) => {
      sleptSec += sec;
      clients.clear();
    },
    drop: () => { for (const client of clients) client.response.destroy(); },
  };

  function stream(request, response, query) {
    const { user } = members.caller(request);
    const topics = new Set((query.get('topics') ?? '').split(','));
    const client = { response, user, sinceMs: Math.round(seconds() * 1000), topics, symbols: new Set((query.get('symbols') ?? '').split(',')) };
    const cursor = request.headers['last-event-id'] ?? query.get('last_event_id');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' });
    response.write('retry: 1500\n: ok\n\n');
    let count = 0;
    const send = (event, data, id = '') => response.write(`${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const snapshot = (event, data) => {
      if (!topics.has(CARRIERS[event] ?? event)) return;
      count += 1;
      send(event, data);
    };
    if (!faults.isEmpty) {
      if (clock) snapshot('clock', clock);
      snapshot('spot', lastSpots);
      for (const symbol of world.symbols.filter((each) => client.symbols.has(each))) snapshot('candles', world.candles(symbol, madeAt(), marketTs() - 86_400));
      for (const symbol of chain.symbols.filter((each) => client.symbols.has(each))) {
        snapshot('gex', chain.gex(symbol, madeAt(), marketTs()));
        snapshot('heatmap', heatmapOf(symbol));
        snapshot('volume_profile', { symbol, version: 'v1763737260', ts: seconds() });
        snapshot('dealer_gravity_artifact_updated', { type: 'dealer_gravity_artifact_updated', symbol, artifact_version: 'v1763737260', occurred_at: new Date().toISOString(), ts: seconds() });
      }
      for (const [event, data] of globals()) snapshot(event, data);
      snapshot('fleet', fleetFrame());
    }
    const isResumed = cursor?.startsWith(`${gen}-`) ?? false;
    if (cursor && !isResumed) send('resync', { reason: 'unknown_id', topics: ['fleet_alert', 'feed_event'] });
    send('connected', { channel: 'all', ts: seconds(), gen, resumed: isResumed, snapshot: count, user_id: 1, tier: 'administrator' }, `id: ${gen}-${number}.${number}\n`);
    clients.add(client);
    response.on('close', () => clients.delete(client));
  }

  const json = (response, status, body, headers = {}) => response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r-5b1d', ...headers }).end(JSON.stringify(body));
  const refuse = (response, status, error, message, headers) => json(response, status, { success: false, error, message, detail: message }, headers);

  function api(response, path, query) {
    if (path === '/api/health') {
      return json(response, 200, { status: faults.status, service: 'sse-gateway', version: '0.1.0', ts: seconds(), uptime_sec: 1, public_mode: faults.publicMode, gates: 'ok', clients: { total: clients.size } });
    }
    if (path === '/api/fleet') return json(response, 200, { success: true, data: fleetFrame(), ts: seconds() });
    if (path === '/api/fleet/alerts' || path === '/api/models/events') return json(response, 200, { success: true, data: past[path], ts: seconds() });
    if (faults.isEmpty) return refuse(response, 404, 'no_data', 'Nothing was published yet.');
    if (path === '/api/models/spot') return json(response, 200, { success: true, data: lastSpots, ts: seconds() });
    const symbol = decodeURIComponent(path.match(/^\/api\/models\/candles\/(.+)$/)?.[1] ?? '');
    if (world.symbols.includes(symbol)) return json(response, 200, { success: true, data: { days: 5, ...world.candles(symbol, madeAt()) }, ts: seconds() });
    const model = modelOf(path, query.get('symbol') ?? 'I:SPX');
    if (model !== undefined) return model === null ? refuse(response, 404, 'no_data', 'Nothing was published yet.') : json(response, 200, { success: true, data: model, ts: seconds() });
    return refuse(response, 404, 'not_found', 'There is no such route.');
  }

  /** The model behind a path; null when its symbol has none, undefined when there is no such route. */
  function modelOf(path, asked) {
    const symbol = decodeURIComponent(path.match(/^\/api\/models\/(?:gex|heatmap)\/(.+)$/)?.[1] ?? asked);
    const routes = {
      '/api/models/gex': () => chain.gex(symbol, madeAt(), marketTs()),
      '/api/models/heatmap': () => heatmapOf(symbol),
      '/api/models/volume_profile': () => chain.profile(symbol),
      '/api/dealer-gravity/artifact': () => chain.artifact(symbol, madeAt(), marketTs()),
      '/api/dealer-gravity/context': () => chain.context(symbol, madeAt(), marketTs()),
    };
    const route = Object.entries(routes).find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1];
    if (!route) return undefined;
    return chain.symbols.includes(symbol) ? route() : null;
  }

  async function file(response, path) {
    const name = path === '/' || !extname(path) ? '/index.html' : normalize(path);
    try {
      const body = await readFile(join(DIST, name));
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-security-policy': POLICY }).end(body);
    } catch {
      refuse(response, 404, 'not_found', 'There is no such file.');
    }
  }

  async function takeControl(request, response, what) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    control[what]?.(JSON.parse(Buffer.concat(chunks).toString() || '{}'));
    json(response, 200, { ok: what in control });
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname.startsWith('/__test/')) return takeControl(request, response, url.pathname.slice('/__test/'.length));
    if (faults.isAway) return request.socket.destroy();
    const failing = [...faults.failing].find(([prefix]) => url.pathname.startsWith(prefix))?.[1];
    if (failing) return refuse(response, failing.status, failing.body?.error ?? 'redis_unavailable', failing.body?.message ?? 'Prices are not available right now.', failing.retry_after ? { 'retry-after': failing.retry_after } : {});
    if (await members.answer(request, response, url)) return;
    if (await office.answer(request, response, url)) return;
    if (url.pathname === '/sse/all') return stream(request, response, url.searchParams);
    if (url.pathname.startsWith('/api/')) return api(response, url.pathname, url.searchParams);
    return file(response, url.pathname);
  });
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    control: (what, body = {}) => control[what](body),
    close: () => {
      [...timers, ...(heavy?.timers ?? [])].forEach(clearInterval);
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url } = await startGateway(Number(process.argv[2] ?? 3001));
  console.log(`gateway double at ${url}`);
}
