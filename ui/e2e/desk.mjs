/** What a trader would work out with pen and paper, to hold against the page. */

/** As the page writes it. */
export const shown = (value, digits = 2) =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits === 2 ? 0 : digits }).replace('-', '−');

/** `−$1,234.50`, `16.0 %`, `6,610` as a number. */
export const number = (text) => Number(text.replaceAll(/[,$%+\s]/g, '').replace('−', '-'));

/** Debit of a butterfly's tile of the nearest expiration, points; null without one. */
export function debitOf({ tiles, dtes_available: [dte] }, width, strike, right = 'call') {
  return tiles[`butterfly:${dte}:${width}:${strike}`]?.[right]?.debit ?? null;
}

/** The butterfly of the nearest expiration that costs the least part of its width within one expected move, from five cents upwards. */
export function cheapest(heatmap) {
  const { tiles, dtes_available: [dte], spot, vix } = heatmap;
  const move = (spot * vix * Math.sqrt(Math.max(1, dte) / 252)) / 100;
  let best = null;
  for (const { strategy, dte: days, width, strike, call } of Object.values(tiles)) {
    if (strategy !== 'butterfly' || days !== dte || !call || call.debit < 0.05 || Math.abs(strike - spot) > move) continue;
    const [share, far] = [call.debit / width, Math.abs(strike - spot)];
    if (!best || share < best.share || (share === best.share && (far < best.far || (far === best.far && width < best.width)))) best = { strike, width, share, far, debit: call.debit };
  }
  return best;
}

/** Extremes and break-evens at expiry, dollars, of +1/−2/+1 calls bought at `cost` points. */
export function expiryOf({ lower, body, upper, cost }) {
  const at = (price) => 100 * (Math.max(0, price - lower) - 2 * Math.max(0, price - body) + Math.max(0, price - upper) - cost);
  const corners = [0, lower, body, upper, upper + 1000];
  const values = corners.map(at);
  const breakEvens = corners.slice(1).flatMap((high, n) => {
    const [low, a, b] = [corners[n], values[n], values[n + 1]];
    return a * b < 0 ? [low + ((high - low) * a) / (a - b)] : [];
  });
  return { maxProfit: Math.max(...values), maxLoss: Math.min(...values), breakEvens };
}

/** The nearest of `levels` on either side of the price. */
export function levelsAround(spot, levels) {
  const known = levels.filter((level) => level !== null);
  return { above: Math.min(...known.filter((level) => level >= spot)), below: Math.max(...known.filter((level) => level < spot)) };
}
