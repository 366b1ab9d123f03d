import type {
  Alert, Artifact, BiasLfi, Candle, Candles, Clock, FleetService, Gex, GexSummary, GravityContext, Heatmap, HeatmapDiff, MarketMode, Spot, Strategy, Tile,
  VixRegime, VolumeProfile,
} from '../wire';

/** Friday 21 November 2025, 10:01:02 in New York. */
export const MORNING_TS = 1_763_737_262;

export function spotOf(symbol: string, change: Partial<Spot> = {}): Spot {
  return {
    symbol, value: 6632.41, bid: null, ask: null, open: 6601.2, high: 6640.08, low: 6596.5, prev_close: 6617.32,
    change: 15.09, change_pct: 0.22804, volume: null, type: symbol.startsWith('I:') ? 'index' : 'stock',
    session: 'regular', source: 'ws', stale: false, ts: MORNING_TS, ts_iso: '2025-11-21T15:01:02.000Z', market_ts: MORNING_TS,
    ...change,
  };
}

export function clockOf(change: Partial<Clock> = {}): Clock {
  return { ts: MORNING_TS, market_ts: MORNING_TS, speed: 1, session: 'regular', trading_date: '2025-11-21', source: 'server', ...change };
}

export function candlesOf(symbol: string, bars: Candle[], change: Partial<Candles> = {}): Candles {
  return { symbol, spot: null, ts: MORNING_TS, candles_5m: bars, candles_10m: bars, candles_15m: bars, candles_1h: bars, ...change };
}

export function serviceOf(id: string, change: Partial<FleetService> = {}): FleetService {
  return {
    id, phase: 1, status: 'alive', hb_age_sec: 0.8, hb_interval_sec: 5, state: 'running', health: null, last_alert: null,
    ...change,
  };
}

export function alertOf(change: Partial<Alert> = {}): Alert {
  return { type: 'heartbeat_miss', svc: 'massive', ts: MORNING_TS, ...change };
}

const STAMPS = { ts: MORNING_TS, market_ts: MORNING_TS };
const ISO = '2025-11-21T15:01:02.000Z';

/** Two expirations of three strikes around 6,630. */
export function gexOf(symbol: string): Gex {
  const side = (expirations: Record<string, Record<string, number>>) => ({ ...STAMPS, symbol, unit: 'shares', spot: 6632.41, expirations });
  return {
    symbol,
    calls: side({ '2025-11-24': { 6630: 40 }, '2025-11-21': { 6620: 50, 6625: 120, 6630: 300 } }),
    puts: side({ '2025-11-21': { 6620: 260, 6625: 130, 6630: 90 }, '2025-11-24': { 6620: 30 } }),
  };
}

export function gexSummaryOf(change: Partial<GexSummary> = {}): GexSummary {
  return {
    spot: 6632.41, unit: 'shares', total_call: 510, total_put: 510, total_net: 0, net_usd_per_pct: -340_000_000, call_wall: 6700, put_wall: 6600,
    max_net_strike: 6650, min_net_strike: 6600, zero_gamma: 6611.27, zero_gamma_roots: [6611.27], strike_flip: { above: null, below: 6612.5, nearest: 6612.5 },
    regime: 'positive', contracts_used: 3120, contracts_skipped: 44, by_expiration: [], top: [[6650, 300, 90, 210]], ...change,
  };
}

export function tileOf(strategy: Strategy, strike: number, width: number, debit: number, changePct: number, change: Partial<Tile> = {}): Tile {
  const side = strategy === 'single'
    ? { mid: debit, market_mid: debit - 0.05, change_pct: changePct }
    : { debit, max_profit: width - debit, max_loss: debit, market_debit: null, change_pct: changePct };
  return { symbol: 'I:SPX', strategy, dte: 0, expiration: '2025-11-21', strike, width, call: side, put: side, ...change };
}

export const tileKey = ({ strategy, dte, width, strike }: Tile) => `${strategy}:${dte}:${width}:${strike}`;

/** `count` strikes of 5 points around the price, butterflies of two widths and singles, on 0 and 3 days. */
export function heatmapOf(change: Partial<Heatmap> = {}, count = 60): Heatmap {
  const tiles: Record<string, Tile> = {};
  for (const dte of [0, 3]) {
    for (let n = 0; n < count; n++) {
      const strike = 6630 + 5 * (Math.floor(count / 2) - n);
      for (const width of [20, 25]) {
        const tile = tileOf('butterfly', strike, width, 3 + width / 100 + dte, strike > 6640 ? 80 : 10, { dte });
        tiles[tileKey(tile)] = tile;
      }
      const single = tileOf('single', strike, 0, 12.5, 20, { dte });
      tiles[tileKey(single)] = single;
    }
  }
  return {
    ...STAMPS, symbol: 'I:SPX', version: 1000, epoch: 'I:SPX:1763735400:9f0c21ab', spot: 6632.41, vix: 16.2, skew_regime: 'normal', dtes_available: [0, 3],
    expirations: { 0: '2025-11-21', 3: '2025-11-24' }, dte_tile_counts: { 0: 3 * count, 3: 3 * count }, atm_iv: { 0: 0.151, 3: 0.138 }, widths: [20, 25], tiles, ...change,
  };
}

export function diffOf(prev: number, version: number, changed: Tile[], change: Partial<HeatmapDiff> = {}): HeatmapDiff {
  return {
    ...STAMPS, symbol: 'I:SPX', version, prev_version: prev, epoch: 'I:SPX:1763735400:9f0c21ab', changed: Object.fromEntries(changed.map((tile) => [tileKey(tile), tile])),
    removed: [], dtes_available: [0, 3], atm_iv: { 0: 0.152, 3: 0.138 }, spot: 6633, ...change,
  };
}

const STRUCTURES = {
  volume_nodes: [{ price: 6600, weight: 1.5, color: '#ffff00' }], node_ranges: [[6595, 6605]] as [number, number][],
  volume_wells: [[6612, 6613], [6640, 6648]] as [number, number][], crevasses: [[6640, 6648]] as [number, number][],
};

export function profileOf(change: Partial<VolumeProfile> = {}): VolumeProfile {
  return { levels: [{ price: 6601, volume: 50 }, { price: 6600, volume: 100 }], maxVolume: 100, count: 2, mode: 'tv', step: 1, structures: STRUCTURES, ...change };
}

export function artifactOf(bins: number[], min: number, change: Partial<Artifact['meta']> = {}): Artifact {
  return {
    profile: { min, max: min + bins.length - 1, step: 1, bins, normalized_scale: 1000, max_volume: 8.1e8 },
    structures: STRUCTURES,
    meta: {
      ...STAMPS, symbol: 'I:SPX', source: 'SPY', multiplier: 10, spot: 6632.41, algorithm: 'tv_microbins_30', days: 30, status: 'ready',
      artifact_version: 'v1763737260', last_update: ISO, ...change,
    },
  };
}

export function contextOf(change: Partial<GravityContext> = {}): GravityContext {
  return {
    ...STAMPS, symbol: 'I:SPX', spot: 6632.41, nearest_volume_node: 6600, nearest_volume_node_dist: -0.00489, volume_well_proximity: 0.0011, in_crevasse: false,
    market_memory_strength: 0.62, gamma_alignment: 0.74, artifact_version: 'v1763737260', ...change,
  };
}

export function modeOf(change: Partial<MarketMode> = {}): MarketMode {
  return { ...STAMPS, ts_iso: ISO, symbol: 'I:SPX', score: 66.8, mode: 'transition', components: { flip: 52, gex: 71, lfi: 61, concentration: 48 }, ...change };
}

export function biasOf(change: Partial<BiasLfi> = {}): BiasLfi {
  return {
    ...STAMPS, ts_iso: ISO, symbol: 'I:SPX', spot: 6632.41, directional_strength: -12.4, lfi_score: 61.2, market_mode_score: 66.8, max_call_gex_strike: 6700,
    max_put_gex_strike: 6600, max_net_gex_strike: 6650, total_call_gex: 510, total_put_gex: -510, total_net_gex: 0, gex_flip_level: 6612.5, flip_above: null,
    flip_below: 6612.5, zero_gamma: 6611.27, proximity_bias_adj: -50, proximity_lfi_adj: -30, distance_to_flip: 19.9, strike_range: [6400, 6860], ...change,
  };
}

export function vixRegimeOf(change: Partial<VixRegime> = {}): VixRegime {
  return {
    ...STAMPS, vix: 16.2, regime: 'goldilocks_1', market_state: 'goldilocks_i', skew_regime: 'normal', expected_move: { 'I:SPX': { dte0: 67.7, dte1: 67.7 } }, stale: false,
    ...change,
  };
}
