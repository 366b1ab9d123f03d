/** A heatmap as heavy as a busy day's, and the differences that follow it. */

const STEP = 5;
const WIDTHS = [20, 25, 30, 35, 40, 45, 50];
const DTES = [0, 1, 2, 3, 4, 7, 8, 9, 10];

const round = (value) => Math.round(value * 10_000) / 10_000;

/** `strikes` and `dtes` make its size: 150 and 4 are 8,400 tiles, 2 MB. */
export function heavyHeatmap(symbol, spot, { strikes = 150, dtes = 4 }, ts, marketTs) {
  const centre = Math.round(spot / STEP) * STEP;
  const planes = DTES.slice(0, dtes);
  const date = (dte) => new Date(Date.UTC(2025, 10, 21 + dte)).toISOString().slice(0, 10);
  const tiles = {};
  const keys = [];
  const put = (strategy, dte, strike, width) => {
    const key = `${strategy}:${dte}:${width}:${strike}`;
    tiles[key] = { symbol, strategy, dte, expiration: date(dte), strike, width, ...sidesOf(strategy, strike, width) };
    keys.push(key);
  };
  const sidesOf = (strategy, strike, width) => {
    const near = Math.exp(-(((strike - centre) / 60) ** 2));
    const side = () => {
      const theory = round((strategy === 'single' ? 40 : width * 0.3) * near + 0.02 + Math.random() * 0.4);
      const change_pct = round(Math.random() * 120 * (1 - near));
      const market = Math.random() < 0.03 ? null : round(theory * (0.97 + 0.06 * Math.random()));
      if (strategy === 'single') return { mid: theory, market_mid: market, change_pct };
      return { debit: theory, max_profit: round(width - theory), max_loss: theory, market_debit: market, change_pct };
    };
    return { call: side(), put: side() };
  };
  for (const dte of planes) {
    for (let n = 0; n < strikes; n++) {
      const strike = centre + STEP * (n - Math.floor(strikes / 2));
      put('single', dte, strike, 0);
      for (const width of WIDTHS) {
        put('vertical', dte, strike, width);
        put('butterfly', dte, strike, width);
      }
    }
  }
  let version = Math.round(ts * 1000);
  const stamps = (now, marketNow) => ({ ts: now, market_ts: marketNow, symbol, version, epoch: `${symbol}:1763735400:10ad10ad`, spot });
  const shared = { dtes_available: planes, atm_iv: Object.fromEntries(planes.map((dte) => [dte, 0.15])) };
  let at = 0;
  let held = [ts, marketTs];
  return {
    whole: () => ({
      ...stamps(...held), ...shared, vix: 16.2, skew_regime: 'normal', expirations: Object.fromEntries(planes.map((dte) => [dte, date(dte)])),
      dte_tile_counts: Object.fromEntries(planes.map((dte) => [dte, keys.length / dtes])), widths: WIDTHS, tiles,
    }),
    /** The next `count` tiles in turn have new prices; `spotNow` is the price. */
    next: (count, spotNow, now, marketNow) => {
      const changed = {};
      for (let n = 0; n < count; n++) {
        at = (at + 7) % keys.length;
        const tile = tiles[keys[at]];
        tiles[keys[at]] = changed[keys[at]] = { ...tile, ...sidesOf(tile.strategy, tile.strike, tile.width) };
      }
      const prev_version = version;
      version = Math.max(version + 1, Math.round(now * 1000));
      spot = spotNow;
      held = [now, marketNow];
      return { ...stamps(now, marketNow), ...shared, prev_version, changed, removed: [] };
    },
    count: keys.length,
  };
}
