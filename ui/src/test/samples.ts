import type { Alert, Candle, Candles, Clock, FleetService, Spot } from '../wire';

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
