/** What a trader comes for, one test each: the regime, a butterfly found and moved, its levels, another symbol. All numbers are worked out here once more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cheapest, debitOf, expiryOf, levelsAround, number, shown } from './desk.mjs';
import { browser, target } from './stage.mjs';
import { openPage, shoot, until, untilBadge } from './target.mjs';

const SYMBOL = 'I:SPX';

async function openDesk(size) {
  const opened = await openPage(browser, target.url, size);
  await untilBadge(opened.page, 'live');
  await opened.page.getByTestId('regime').waitFor({ timeout: 60_000 });
  await opened.page.locator('[data-testid=heat-grid] [data-strike]').first().waitFor({ state: 'attached', timeout: 60_000 });
  return opened;
}

/** The newest payload of each of `topics`, as the stream begins with it. */
const payloads = (page, symbol, topics) => page.evaluate(([of, wanted]) => new Promise((resolve, reject) => {
  const source = new EventSource(`/sse/all?symbols=${encodeURIComponent(of)}&topics=${wanted.join()}`);
  const got = {};
  for (const topic of wanted) source.addEventListener(topic, ({ data }) => { got[topic] = JSON.parse(data); });
  source.addEventListener('connected', () => {
    source.close();
    resolve(got);
  });
  setTimeout(() => reject(new Error('no stream')), 10_000);
}), [symbol, topics]);

const heatmapOf = async (get, symbol = SYMBOL) => (await get(`/api/models/heatmap/${encodeURIComponent(symbol)}`)).data;
const spotOf = async (get, symbol = SYMBOL) => (await get('/api/models/spot')).data[symbol].value;
const factsOf = (page) => page.$$eval('[data-fact]', (all) => Object.fromEntries(all.map((fact) => [fact.dataset.fact, [...fact.querySelectorAll('dd')].map((part) => part.textContent)])));
const activeName = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
const nameOf = (place, right = 'call') => `Butterfly ${[place.strike - place.width, place.strike, place.strike + place.width].map((at) => shown(at)).join(' / ')} ${right}`;

/** The butterfly on the risk graph as the page tells it, in numbers; all of it at one moment. */
async function told(page) {
  const { card, summary, strikes } = await page.evaluate(() => {
    const rows = (id) => Object.fromEntries([...document.querySelectorAll(`[data-testid=${id}] dl > div`)].map((row) => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]));
    return { card: rows('fly-card'), summary: rows('risk-summary'), strikes: document.querySelector('[data-testid=fly-card] b').textContent };
  });
  const [lower, body, upper] = strikes.split(' / ').map(number);
  return {
    lower, body, upper, cost: card.Debit === undefined ? -number(card.Credit) : number(card.Debit),
    maxProfit: number(summary['Max profit']), maxLoss: number(summary['Max loss']), r2r: number(summary.R2R), share: number(card['Debit / width'] ?? card['Credit / width']),
    breakEvens: summary['Break-evens'] === 'none' ? [] : summary['Break-evens'].split(' · ').map(number),
  };
}

/** What is told follows from strikes and cost, and the lines are drawn so. */
async function isRight(page) {
  const seen = await told(page);
  const { maxProfit, maxLoss, breakEvens } = expiryOf(seen);
  assert.ok(Math.abs(seen.maxProfit - maxProfit) < 0.01, `max profit ${seen.maxProfit} of ${maxProfit}`);
  assert.ok(Math.abs(seen.maxLoss - maxLoss) < 0.01, `max loss ${seen.maxLoss} of ${maxLoss}`);
  assert.deepEqual(seen.breakEvens.map((at) => at.toFixed(2)), breakEvens.map((at) => at.toFixed(2)));
  if (maxLoss < 0) assert.ok(Math.abs(seen.r2r - maxProfit / -maxLoss) < 0.006, `reward to risk ${seen.r2r}`);
  const width = Math.min(seen.body - seen.lower, seen.upper - seen.body);
  assert.ok(Math.abs(seen.share - (100 * Math.abs(seen.cost)) / width) < 0.051, `${seen.share} % of the width`);
  const drawn = await page.evaluate(() => {
    const points = [...document.querySelector('[data-testid=line-expiry]').getAttribute('d').matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    const at = (circle) => [Number(circle.getAttribute('cx')), Number(circle.getAttribute('cy'))];
    const grips = Object.fromEntries([...document.querySelectorAll('circle[data-grip]')].map((circle) => [circle.dataset.grip, { price: Number(circle.dataset.gripPrice), at: at(circle) }]));
    return { peak: points.reduce((best, point) => (point[1] < best[1] ? point : best)), grips, hasTent: document.querySelector('[data-testid=tent]').getAttribute('d').length > 0 };
  });
  assert.deepEqual([drawn.grips.lower.price, drawn.grips.body.price, drawn.grips.upper.price], [seen.lower, seen.body, seen.upper]);
  assert.ok(Math.hypot(drawn.peak[0] - drawn.grips.body.at[0], drawn.peak[1] - drawn.grips.body.at[1]) < 1.5, 'the tent peaks at the body');
  assert.ok(drawn.hasTent);
  return seen;
}

/** The cheapest butterfly of the nearest expiration is put on the risk graph, without the mouse. */
async function takeCheapest(page, get) {
  await page.keyboard.press('Alt+2');
  await until('the heatmap has the keyboard', () => page.evaluate(() => document.activeElement.closest('[data-slot]')?.dataset.slot === 'heatmap'));
  // Prices move: the page and this test agree as soon as they look at the same version.
  const found = await until('the cheapest butterfly', async () => {
    await page.keyboard.press('f');
    const text = await page.getByTestId('tile-line').textContent();
    const best = cheapest(await heatmapOf(get));
    return text.startsWith(nameOf(best)) ? best : null;
  }, 30_000);
  await page.keyboard.press('Enter');
  await until('the card has the keyboard', async () => (await activeName(page)) === 'Add to risk graph');
  await page.keyboard.press('Enter');
  await until('the risk graph has the keyboard', async () => (await activeName(page)) === 'Risk graph');
  return found;
}

const kept = (page) => page.evaluate(() => {
  const place = Object.keys(localStorage).find((each) => each.startsWith('ms:positions:') && !each.endsWith(':broken'));
  return place === undefined ? [] : JSON.parse(localStorage.getItem(place)).positions;
});

/** The debit that is told is what the heatmap says of the tile now. */
const followsTile = (page, get, width, strike) => until(`the debit of ${strike} ± ${width}`, async () => {
  const { cost } = await told(page);
  const debit = debitOf(await heatmapOf(get), width, strike);
  return debit !== null && Math.abs(cost - Math.round(debit * 100) / 100) < 0.001;
}, 30_000);

test('the regime is read at a glance: every fact is the gateway\'s', async () => {
  const { page, complaints, get, close } = await openDesk();
  let last = null;
  await until('the facts', async () => {
    const { gex_summary, market_mode, vix_regime, bias_lfi } = await payloads(page, SYMBOL, ['gex_summary', 'market_mode', 'vix_regime', 'bias_lfi']);
    const summary = gex_summary.symbols[SYMBOL];
    const [spot, facts] = [await spotOf(get), await factsOf(page)];
    const nodes = (await get(`/api/dealer-gravity/artifact?symbol=${encodeURIComponent(SYMBOL)}`)).data.structures.volume_nodes.map(({ price }) => price);
    const { above, below } = levelsAround(spot, [summary.call_wall, summary.put_wall, summary.zero_gamma, summary.strike_flip.above, summary.strike_flip.below, ...nodes]);
    const expected = {
      gamma: summary.regime, zero: shown(summary.zero_gamma), flip: shown(summary.strike_flip.nearest), callWall: shown(summary.call_wall), putWall: shown(summary.put_wall),
      above: Number.isFinite(above) ? shown(above) : '–', below: Number.isFinite(below) ? shown(below) : '–', mode: market_mode.mode, bias: shown(bias_lfi.directional_strength, 1), lfi: shown(bias_lfi.lfi_score, 1),
      vix: `VIX ${vix_regime.vix.toFixed(2)}`, move: `±${shown(vix_regime.expected_move[SYMBOL].dte0, 1)}`,
    };
    const seen = {
      ...Object.fromEntries(['zero', 'flip', 'callWall', 'putWall', 'above', 'below', 'lfi', 'move'].map((id) => [id, facts[id][0]])),
      gamma: facts.gamma[0].toLowerCase(), mode: facts.mode[0].toLowerCase(), bias: facts.bias[0].replace('+', ''), vix: facts.vix[1],
    };
    last = { expected, seen };
    return Object.keys(expected).every((id) => seen[id] === expected[id]);
  }, 40_000).catch(() => assert.deepEqual(last.seen, last.expected));
  assert.match((await factsOf(page)).callWall[1], /^[+−]?\d/, 'a level says how far it is');
  assert.deepEqual(complaints, []);
  await close();
});

test('with keys alone the cheapest butterfly is found, bought, moved and kept', async () => {
  const { page, complaints, get, close } = await openDesk();
  const { width, strike, debit } = await takeCheapest(page, get);
  const first = await isRight(page);
  assert.deepEqual([first.lower, first.body, first.upper], [strike - width, strike, strike + width]);
  assert.ok(Math.abs(first.cost - debit) <= Math.max(0.03, 0.2 * debit), `bought for ${first.cost}, seen at ${debit}`);
  await shoot(page, 'trader-bought');

  const { widths } = await heatmapOf(get);
  await page.keyboard.press('ArrowRight');
  const up = await isRight(page);
  assert.deepEqual([up.lower, up.body, up.upper], [first.lower + 5, first.body + 5, first.upper + 5]);
  await followsTile(page, get, width, strike + 5);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  const wide = await isRight(page);
  const wider = widths.toSorted((a, b) => a - b).find((each) => each > width);
  assert.deepEqual([wide.lower, wide.body, wide.upper], [strike - wider, strike, strike + wider]);
  await followsTile(page, get, wider, strike);
  await isRight(page);

  await page.keyboard.press('Shift+ArrowRight');
  const broken = await isRight(page);
  assert.deepEqual([broken.lower, broken.body, broken.upper], [strike - wider, strike, strike + wider + 5]);
  await page.getByTestId('fly-card').getByText('broken wing').waitFor();
  await shoot(page, 'trader-broken');
  await page.keyboard.press('Shift+ArrowLeft');
  assert.deepEqual((await kept(page))[0].legs.map((leg) => leg.strike), [first.lower, first.body, first.upper], 'nothing is kept before Enter');

  const last = await isRight(page);
  await page.keyboard.press('Enter');
  await until('it is kept', async () => (await kept(page))[0].legs[0].strike === strike - wider);
  const [{ legs, cost }] = await kept(page);
  assert.deepEqual(legs.map((leg) => [leg.strike, leg.quantity]), [[strike - wider, 1], [strike, -2], [strike + wider, 1]]);
  assert.ok(Math.abs(cost - last.cost) < Math.max(0.05, 0.2 * last.cost), `${cost} is about ${last.cost}`);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  const back = await isRight(page);
  assert.deepEqual([back.lower, back.body, back.upper, back.cost], [strike - wider, strike, strike + wider, cost]);
  assert.deepEqual(complaints, []);
  await close();
});

test('body and wings are drawn by the mouse, and their numbers follow', async () => {
  const { page, complaints, get, close } = await openDesk();
  await takeCheapest(page, get);
  const first = await isRight(page);
  await page.locator('[data-slot=risk]').scrollIntoViewIfNeeded();
  const place = async (grip) => {
    const { x, y, width, height } = await page.locator(`circle[data-grip=${grip}]`).boundingBox();
    return { x: x + width / 2, y: y + height / 2 };
  };
  const drag = async (grip, points, key) => {
    const now = await told(page);
    const perPoint = ((await place('upper')).x - (await place('lower')).x) / (now.upper - now.lower);
    const from = await place(grip);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    if (key) await page.keyboard.down(key);
    await page.mouse.move(from.x + points * perPoint * 0.5, from.y, { steps: 3 });
    await page.mouse.move(from.x + points * perPoint, from.y, { steps: 3 });
    const held = await told(page);
    await page.mouse.up();
    if (key) await page.keyboard.up(key);
    return held;
  };
  const strikes = ({ lower, body, upper }) => [lower, body, upper];
  const way = first.body > (await spotOf(get)) ? -1 : 1;
  assert.deepEqual(strikes(await drag('body', 15 * way)), [first.lower + 15 * way, first.body + 15 * way, first.upper + 15 * way]);
  const moved = await isRight(page);
  assert.notEqual(moved.cost, first.cost);
  await drag('upper', 10);
  assert.deepEqual(strikes(await isRight(page)), [moved.lower - 10, moved.body, moved.upper + 10]);
  await drag('lower', -5, 'Shift');
  assert.deepEqual(strikes(await isRight(page)), [moved.lower - 15, moved.body, moved.upper + 10]);
  await shoot(page, 'trader-drawn');
  await page.getByTestId('fly-card').getByRole('button', { name: 'Keep' }).click();
  await until('it is kept', async () => (await kept(page))[0].legs[2].strike === moved.upper + 10);
  assert.deepEqual(complaints, []);
  await close();
});

test('the butterfly stands among the same levels and structures as the price', async () => {
  const { page, complaints, get, close } = await openDesk();
  await takeCheapest(page, get);
  const onChart = () => page.$$eval('[data-testid=overlay-key] [data-level] b', (all) => Object.fromEntries(all.map((price) => [price.parentElement.dataset.level, price.textContent])));
  const onGraph = () => page.$$eval('[data-testid=risk-levels] [data-level]', (all) => Object.fromEntries(all.map(({ dataset }) => [dataset.level, Number(dataset.price)])));
  await until('the same levels in all places', async () => {
    const summary = (await payloads(page, SYMBOL, ['gex_summary'])).gex_summary.symbols[SYMBOL];
    const expected = { callWall: summary.call_wall, putWall: summary.put_wall, zeroGamma: summary.zero_gamma, flip: summary.strike_flip.nearest };
    const [chart, graph] = [await onChart(), await onGraph()];
    return Object.entries(expected).every(([kind, price]) => price === null || (graph[kind] === price && chart[kind] === shown(price)));
  }, 40_000);
  const { structures } = (await get(`/api/dealer-gravity/artifact?symbol=${encodeURIComponent(SYMBOL)}`)).data;
  const nodes = await page.$$eval('[data-testid=risk-levels] [data-node]', (all) => all.map(({ dataset }) => Number(dataset.node)));
  assert.ok(nodes.length > 0, 'volume nodes are in view');
  for (const node of nodes) assert.ok(structures.volume_nodes.some(({ price }) => price === node), `${node} is a volume node`);
  const bars = await page.$$eval('[data-testid=backdrop] [data-bar]', (all) => ({ gamma: all.filter(({ dataset }) => dataset.bar === 'gamma').length, volume: all.filter(({ dataset }) => dataset.bar === 'volume').length }));
  assert.ok(bars.gamma > 5 && bars.volume > 20, `${bars.gamma} bars of gamma, ${bars.volume} of volume`);
  const gex = (await get(`/api/models/gex/${encodeURIComponent(SYMBOL)}`)).data;
  const listed = new Set(Object.values(gex.calls.expirations).flatMap((strikes) => Object.keys(strikes).map(Number)));
  for (const strike of await page.$$eval('[data-bar=gamma]', (all) => all.map(({ dataset }) => Number(dataset.at)))) assert.ok(listed.has(strike), `${strike} has gamma`);
  for (const name of ['Calls', 'Puts', 'Volume']) await page.getByTestId('overlay-key').getByText(name).first().waitFor();
  for (const name of ['Net gamma', 'Volume']) await page.getByTestId('risk-key').getByText(name, { exact: true }).waitFor();
  const names = await page.$$eval('[data-testid=risk-levels] text', (all) => all.map((text) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    return { left, right, top, bottom, text: text.textContent };
  }));
  for (const [n, a] of names.entries()) {
    for (const b of names.slice(n + 1)) assert.ok(a.right <= b.left || b.right <= a.left || a.bottom - 3 <= b.top || b.bottom - 3 <= a.top, `${a.text} covers ${b.text}`);
  }
  assert.deepEqual(complaints, []);
  await close();
});

test('another symbol: everything follows, and what was kept is there on return', async () => {
  const { page, complaints, get, close } = await openDesk();
  const { strike } = await takeCheapest(page, get);
  await page.getByRole('banner').getByRole('button', { name: 'NDX' }).press('Enter');
  await page.locator('[data-testid=chart][data-symbol="I:NDX"]').waitFor();
  await until('the heatmap is the other one', async () => {
    const { widths, spot } = await heatmapOf(get, 'I:NDX');
    const rows = await page.$$eval('[data-testid=heat-grid] [data-strike]', (all) => all.map(({ dataset }) => Number(dataset.strike)));
    const heads = await page.$$eval('[data-testid=heat-grid] [role=columnheader]', (all) => all.map(({ textContent }) => textContent));
    return rows.some((each) => Math.abs(each - spot) < 100) && widths.every((width) => heads.includes(String(width)));
  }, 30_000);
  await until('the regime is the other one', async () => {
    const summary = (await payloads(page, 'I:NDX', ['gex_summary'])).gex_summary.symbols['I:NDX'];
    return (await factsOf(page)).callWall[0] === shown(summary.call_wall);
  }, 30_000);
  const spot = await spotOf(get, 'I:NDX');
  await until('its price on the risk graph', async () => Math.abs(number((await page.getByTestId('spot-mark').textContent()).replace(/[^\d.,]/g, '')) - spot) < spot * 0.005);
  await page.locator('[data-position]').getByText('SPX', { exact: true }).waitFor();

  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog', { name: /New position · NDX/ });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('banner').getByRole('button', { name: 'SPX', exact: true }).press('Enter');
  await page.locator('[data-testid=chart][data-symbol="I:SPX"]').waitFor();
  assert.equal((await told(page)).body, strike);
  await isRight(page);
  assert.deepEqual(complaints, []);
  await close();
});

test('n, a strike and its cost: a new position by keys, and taken back', async () => {
  const { page, complaints, close } = await openDesk();
  // The graph, whose key it is, comes after the rest of the page.
  await page.getByRole('button', { name: /^New/ }).waitFor();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog', { name: /New position/ });
  await dialog.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.labels?.[0]?.textContent), 'Strike', 'the strike has the keyboard');
  await dialog.getByTestId('editor-reads').getByText(/\+1\/−2\/\+1 C/).waitFor();
  await dialog.getByRole('button', { name: /^Use / }).press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await isRight(page);
  const row = page.locator('[data-row]').first();
  await row.focus();
  await page.keyboard.press('Delete');
  await page.locator('[data-slot=risk]').getByText(/Add a position/).waitFor();
  await page.getByRole('button', { name: 'Undo' }).press('Enter');
  await isRight(page);
  assert.deepEqual(complaints, []);
  await close();
});

for (const [width, height] of [[1024, 900], [390, 844], [320, 720]]) {
  test(`risk-${width}: the graph, its numbers and its grips fit`, async () => {
    const isNarrow = width < 768;
    const { page, complaints, get, close } = await openDesk({ width, height, scale: isNarrow ? 2 : 1 });
    await takeCheapest(page, get);
    await isRight(page);
    await page.evaluate(() => document.fonts.ready);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0);
    const cut = await page.locator('[data-slot=risk]').evaluate((slot) => {
      const edge = slot.getBoundingClientRect().right;
      return [...slot.querySelectorAll('button, input, dd, text')].filter((each) => each.getBoundingClientRect().width > 0 && each.getBoundingClientRect().right > edge + 1).map((each) => each.textContent);
    });
    assert.deepEqual(cut, [], 'nothing is cut off');
    await shoot(page, `risk-${width}`);
    assert.deepEqual(complaints, []);
    await close();
  });
}
