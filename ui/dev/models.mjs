/** Models of the test double: a small option chain priced around the walking spot, and what is drawn from it. */

const CHAINS = {
  'I:SPX': { step: 5, widths: [20, 25, 30, 35, 40, 45, 50], reach: 0.032, source: 'SPY', multiplier: 10, bin: 1 },
  'I:NDX': { step: 10, widths: [50, 60, 70, 80, 100, 120, 130], reach: 0.03, source: 'QQQ', multiplier: 41, bin: 5 },
};
const PLANES = [[0, '2025-11-21', 0.35], [3, '2025-11-24', 3.3], [4, '2025-11-25', 4.3], [5, '2025-11-26', 5.3]];
/** A resting price is still repriced this often: options lose value with time. */
const REST_SEC = 2;
const MIN_MOVE = 0.00005;

const round = (value, digits) => Math.round(value * 10 ** digits) / 10 ** digits;
const gauss = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** Abramowitz and Stegun 7.1.26, good to 1e-7. */
function normal(x) {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(x));
  const tail = gauss(x) * t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return x >= 0 ? 1 - tail : tail;
}

/** A draw between 0 and 1 that belongs to `n`. */
function noise(n) {
  const x = Math.sin(n * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
}

function leg(spot, strike, years, iv) {
  const deviation = iv * Math.sqrt(years);
  const d1 = Math.log(spot / strike) / deviation + deviation / 2;
  const call = spot * normal(d1) - strike * normal(d1 - deviation);
  return { call, put: call - spot + strike, gamma: gauss(d1) / (spot * deviation) };
}

/** Open interest of a strike: crowded at round numbers, calls above and puts below the price at the chain's birth. */
function openInterest(strike, centre, step, right) {
  const far = (strike - centre) / (step * 10);
  const crowd = strike % (step * 20) === 0 ? 6 : strike % (step * 10) === 0 ? 3.2 : strike % (step * 5) === 0 ? 1.9 : 1;
  const lean = right === 'call' ? Math.exp(-((far - 1.1) ** 2) / 5) : Math.exp(-((far + 1.2) ** 2) / 6);
  return Math.round(2600 * crowd * (0.15 + lean) * (0.6 + 0.8 * noise(strike * (right === 'call' ? 1 : 3))));
}

/** The models of every symbol that has a chain. `spotOf` answers its price now. */
export function models(spotOf) {
  const books = new Map();
  for (const symbol of Object.keys(CHAINS)) books.set(symbol, { symbol, ...CHAINS[symbol], centre: spotOf(symbol), heatmap: null });
  return {
    symbols: [...books.keys()],
    heatmap: (symbol) => books.get(symbol)?.heatmap ?? null,
    /** The next version of the heatmap: `{whole, diff}`; null while the price rests. */
    reprice: (symbol, ts, marketTs, vix) => reprice(books.get(symbol), spotOf(symbol), ts, marketTs, vix),
    gex: (symbol, ts, marketTs) => gexOf(books.get(symbol), spotOf(symbol), ts, marketTs),
    summaries: (ts, marketTs) => ({ ts, market_ts: marketTs, symbols: Object.fromEntries([...books.values()].map((book) => [book.symbol, summaryOf(book, spotOf(book.symbol))])) }),
    artifact: (symbol, ts, marketTs) => artifactOf(books.get(symbol), spotOf(symbol), ts, marketTs),
    profile: (symbol) => profileOf(books.get(symbol)),
    context: (symbol, ts, marketTs) => contextOf(books.get(symbol), spotOf(symbol), ts, marketTs),
    scores: (symbol, ts, marketTs) => scoresOf(books.get(symbol), spotOf(symbol), ts, marketTs),
    regime: (vix, ts, marketTs) => ({
      ts, market_ts: marketTs, vix, regime: vix < 17 ? 'goldilocks_1' : 'goldilocks_2', market_state: 'goldilocks_i', skew_regime: 'normal', stale: false,
      expected_move: Object.fromEntries([...books.keys()].map((symbol) => {
        const move = round((spotOf(symbol) * vix) / 100 / Math.sqrt(252), 2);
        return [symbol, { dte0: move, dte1: move }];
      })),
    }),
  };
}

function strikesOf({ centre, step, reach }) {
  const strikes = [];
  for (let strike = Math.ceil((centre * (1 - reach)) / step) * step; strike <= centre * (1 + reach); strike += step) strikes.push(strike);
  return strikes;
}

function ivAt(spot, strike, dte) {
  const far = (strike - spot) / spot;
  return (0.15 - dte * 0.003) * (1 + (far < 0 ? 1.5 * -far * 4 : 0.3 * far * 4) + 6 * far * far);
}

function reprice(book, spot, ts, marketTs, vix) {
  const held = book.heatmap;
  if (held && Math.abs(spot - held.spot) < spot * MIN_MOVE && ts - held.ts < REST_SEC) return null;
  const tiles = {};
  const counts = {};
  for (const [dte, expiration, days] of PLANES) {
    const before = Object.keys(tiles).length;
    planeInto(tiles, book, spot, dte, expiration, days);
    counts[dte] = Object.keys(tiles).length - before;
  }
  const version = Math.max((held?.version ?? 0) + 1, Math.round(ts * 1000));
  const shared = {
    ts, market_ts: marketTs, symbol: book.symbol, version, epoch: `${book.symbol}:1763735400:9f0c21ab`, spot, dtes_available: PLANES.map(([dte]) => dte),
    atm_iv: Object.fromEntries(PLANES.map(([dte]) => [dte, round(ivAt(spot, spot, dte), 4)])),
  };
  book.heatmap = {
    ...shared, vix, skew_regime: 'normal', expirations: Object.fromEntries(PLANES.map(([dte, date]) => [dte, date])), dte_tile_counts: counts, widths: book.widths, tiles,
  };
  if (!held) return { whole: book.heatmap, diff: null };
  const changed = Object.fromEntries(Object.entries(tiles).filter(([key, tile]) => JSON.stringify(tile) !== JSON.stringify(held.tiles[key])));
  return { whole: book.heatmap, diff: { ...shared, prev_version: held.version, changed, removed: Object.keys(held.tiles).filter((key) => !(key in tiles)) } };
}

function planeInto(tiles, book, spot, dte, expiration, days) {
  const legs = new Map(strikesOf(book).map((strike) => [strike, leg(spot, strike, days / 365, ivAt(spot, strike, dte))]));
  const put = (strategy, strike, width, sides) => {
    tiles[`${strategy}:${dte}:${width}:${strike}`] = { symbol: book.symbol, strategy, dte, expiration, strike, width, ...sides };
  };
  const market = (value, strike, width) => (noise(strike + width * 7 + dte) < 0.02 ? null : round(Math.max(0.01, value * (0.97 + 0.06 * noise(strike * width + dte))), 2));
  const spread = (debit, strike, width, next) => ({
    debit: round(debit, 4), max_profit: round(width - debit, 4), max_loss: round(debit, 4), market_debit: market(debit, strike, width), change_pct: change(debit, next),
  });
  for (const [strike, here] of legs) {
    const above = legs.get(strike + book.step);
    put('single', strike, 0, Object.fromEntries(['call', 'put'].map((right) => [right, {
      mid: round(here[right], 4), market_mid: market(here[right], strike, 1), change_pct: change(here[right], above?.[right]),
    }])));
    for (const width of book.widths) {
      const [low, high] = [legs.get(strike - width), legs.get(strike + width)];
      const next = { low: legs.get(strike + book.step - width), high: legs.get(strike + book.step + width) };
      const vertical = {};
      if (high) vertical.call = spread(here.call - high.call, strike, width, above && next.high && above.call - next.high.call);
      if (low) vertical.put = spread(here.put - low.put, strike, width, above && next.low && above.put - next.low.put);
      if (low || high) put('vertical', strike, width, vertical);
      if (!low || !high) continue;
      const fly = low.call - 2 * here.call + high.call;
      const nextFly = above && next.low && next.high && next.low.call - 2 * above.call + next.high.call;
      put('butterfly', strike, width, { call: spread(fly, strike, width, nextFly), put: spread(fly, strike, width + 1, nextFly) });
    }
  }
}

function change(value, next) {
  return next === undefined || round(next, 4) === 0 ? 0 : round((100 * Math.abs(value - next)) / Math.abs(next), 4);
}

function gammas(book, spot) {
  return PLANES.map(([dte, date, days]) => ({
    dte, date,
    rows: strikesOf(book).map((strike) => {
      const { gamma } = leg(spot, strike, days / 365, ivAt(spot, strike, dte));
      const weight = 100 * gamma * (dte === 0 ? 1 : 0.45);
      return { strike, call: weight * openInterest(strike, book.centre, book.step, 'call'), put: weight * openInterest(strike, book.centre, book.step, 'put') };
    }),
  }));
}

function gexOf(book, spot, ts, marketTs) {
  const planes = gammas(book, spot);
  const side = (right) => ({
    ts, market_ts: marketTs, symbol: book.symbol, unit: 'shares', spot,
    expirations: Object.fromEntries(planes.map(({ date, rows }) => [date, Object.fromEntries(rows.map((row) => [row.strike, round(row[right], 1)]))])),
  });
  return { symbol: book.symbol, calls: side('call'), puts: side('put') };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const largest = (rows, of) => rows.reduce((best, row) => (of(row) > of(best) ? row : best)).strike;

function totals(book, spot) {
  const byStrike = new Map();
  for (const { rows } of gammas(book, spot)) {
    for (const { strike, call, put } of rows) {
      const held = byStrike.get(strike) ?? { strike, call: 0, put: 0 };
      byStrike.set(strike, { strike, call: held.call + call, put: held.put + put });
    }
  }
  return [...byStrike.values()].map(({ strike, call, put }) => ({ strike, call, put, net: call - put }));
}

function summaryOf(book, spot) {
  const rows = totals(book, spot);
  const flips = rows.slice(1).flatMap((row, n) => (Math.sign(row.net) === Math.sign(rows[n].net) ? [] : [(row.strike + rows[n].strike) / 2]));
  const below = flips.findLast((flip) => flip <= spot) ?? null;
  const above = flips.find((flip) => flip > spot) ?? null;
  const nearest = below === null || (above !== null && above - spot < spot - below) ? above : below;
  const zero = nearest === null ? null : round(nearest - book.step * 0.63, 2);
  const net = sum(rows.map((row) => row.net));
  return {
    spot, unit: 'shares', total_call: sum(rows.map((row) => row.call)), total_put: sum(rows.map((row) => row.put)), total_net: net,
    net_usd_per_pct: net * spot * spot * 0.01, call_wall: largest(rows, (row) => row.call), put_wall: largest(rows, (row) => row.put),
    max_net_strike: largest(rows, (row) => row.net), min_net_strike: largest(rows, (row) => -row.net), zero_gamma: zero,
    zero_gamma_roots: zero === null ? [] : [zero], strike_flip: { above, below, nearest },
    regime: zero === null ? (net > 0 ? 'positive' : 'negative') : spot >= zero ? 'positive' : 'negative', contracts_used: rows.length * 8, contracts_skipped: 12,
    by_expiration: gammas(book, spot).map(({ dte, date, rows: plane }) => ({
      date, dte, call: sum(plane.map((row) => row.call)), put: sum(plane.map((row) => row.put)), net: sum(plane.map((row) => row.call - row.put)),
      call_oi: 120_000, put_oi: 150_000, call_wall: largest(plane, (row) => row.call), put_wall: largest(plane, (row) => row.put), max_pain: largest(plane, (row) => row.call + row.put),
    })),
    top: rows.toSorted((a, b) => Math.abs(b.net) - Math.abs(a.net)).slice(0, 10).map((row) => [row.strike, row.call, row.put, row.net]),
  };
}

const HUMPS = [[-0.0165, 0.8, 0.0028], [-0.007, 1, 0.0019], [0.0012, 0.86, 0.0011], [0.0068, 0.95, 0.0013], [0.0155, 0.7, 0.003]];

/** Volume by bin: humps around the price at the chain's birth, with a hole between some of them. */
function binsOf({ centre, bin }) {
  const min = Math.floor((centre * 0.977) / bin) * bin;
  const count = Math.round((centre * 0.046) / bin);
  const raw = Array.from({ length: count }, (_, n) => {
    const far = (min + n * bin - centre) / centre;
    const hump = sum(HUMPS.map(([at, size, wide]) => size * Math.exp(-(((far - at) / wide) ** 2) / 2)));
    return (hump + 0.05) * (0.82 + 0.36 * noise(n + 3));
  });
  const top = Math.max(...raw);
  return { min, bins: raw.map((value) => Math.round((1000 * value) / top)) };
}

function structuresOf(book) {
  const { min, bins } = binsOf(book);
  const sorted = bins.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor(0.2 * bins.length)], sorted[Math.floor(0.7 * bins.length)]];
  const runs = (isIn) => {
    const found = [];
    bins.forEach((value, n) => {
      const smooth = sum(bins.slice(Math.max(0, n - 2), n + 3)) / bins.slice(Math.max(0, n - 2), n + 3).length;
      if (!isIn(smooth)) return;
      const last = found.at(-1);
      if (last && n - last[1] <= 2) last[1] = n;
      else found.push([n, n]);
    });
    return found;
  };
  const price = (n) => min + n * book.bin;
  const nodes = runs((value) => value >= high);
  const wells = runs((value) => value <= low);
  return {
    volume_nodes: nodes.map(([from, to]) => ({ price: price(from + bins.slice(from, to + 1).indexOf(Math.max(...bins.slice(from, to + 1)))), weight: 1.5, color: '#ffff00' })),
    node_ranges: nodes.map(([from, to]) => [price(from), price(to)]),
    volume_wells: wells.map(([from, to]) => [price(from), price(to)]),
    crevasses: wells.filter(([from, to]) => to - from >= 2).map(([from, to]) => [price(from), price(to)]),
  };
}

function artifactOf(book, spot, ts, marketTs) {
  const { min, bins } = binsOf(book);
  return {
    profile: { min, max: min + (bins.length - 1) * book.bin, step: book.bin, bins, normalized_scale: 1000, max_volume: 8.1e8 },
    structures: structuresOf(book),
    meta: {
      symbol: book.symbol, source: book.source, multiplier: book.multiplier, spot, algorithm: 'tv_microbins_30', days: 30, status: 'ready',
      artifact_version: 'v1763737260', last_update: new Date(ts * 1000).toISOString(), ts, market_ts: marketTs,
    },
  };
}

function profileOf(book) {
  const { min, bins } = binsOf(book);
  const levels = bins.map((bin, n) => ({ price: min + n * book.bin, volume: bin * 810_000 })).filter(({ volume }) => volume > 0).toReversed();
  return { levels, maxVolume: 8.1e8, count: levels.length, mode: 'tv', step: book.bin, structures: structuresOf(book) };
}

function contextOf(book, spot, ts, marketTs) {
  const { volume_nodes: nodes, volume_wells: wells, crevasses } = structuresOf(book);
  const node = nodes.map(({ price }) => price).toSorted((a, b) => Math.abs(a - spot) - Math.abs(b - spot))[0] ?? null;
  const gap = ([low, high]) => (spot < low ? low - spot : spot > high ? spot - high : 0);
  return {
    symbol: book.symbol, spot, nearest_volume_node: node, nearest_volume_node_dist: node === null ? null : (node - spot) / spot,
    volume_well_proximity: wells.length === 0 ? null : Math.min(...wells.map(gap)) / spot, in_crevasse: crevasses.some((range) => gap(range) === 0),
    market_memory_strength: 0.62, gamma_alignment: 0.74, artifact_version: 'v1763737260', ts, market_ts: marketTs,
  };
}

function scoresOf(book, spot, ts, marketTs) {
  const { call_wall, put_wall, max_net_strike, total_call, total_put, total_net, zero_gamma, strike_flip } = summaryOf(book, spot);
  const shared = { ts, ts_iso: new Date(ts * 1000).toISOString(), market_ts: marketTs, symbol: book.symbol };
  return {
    mode: { ...shared, score: 58.4, mode: 'transition', components: { flip: 52.1, gex: 71.3, lfi: 61.2, concentration: 48.9 } },
    bias: {
      ...shared, spot, directional_strength: -18.6, lfi_score: 61.2, market_mode_score: 58.4, max_call_gex_strike: call_wall, max_put_gex_strike: put_wall,
      max_net_gex_strike: max_net_strike, total_call_gex: total_call, total_put_gex: -total_put, total_net_gex: total_net, gex_flip_level: strike_flip.nearest,
      flip_above: strike_flip.above, flip_below: strike_flip.below, zero_gamma, proximity_bias_adj: -50, proximity_lfi_adj: -30,
      distance_to_flip: strike_flip.nearest === null ? null : Math.abs(spot - strike_flip.nearest), strike_range: [book.centre * 0.97, book.centre * 1.03],
    },
  };
}
