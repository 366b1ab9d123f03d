import { act } from '@testing-library/react';
import { vi } from 'vitest';
import type { Link } from '../live/link';
import type { Frame } from '../live/frames';
import { type HeatmapBooks, NO_HEATMAPS, takeWhole } from '../live/heatmap';
import { type Line, NO_LINE } from '../live/line';
import { type Models, NO_MODELS } from '../live/models';
import { NO_PRICES, type Prices } from '../live/prices';
import { take, useHeatmaps, useLine, useModels, usePrices, useWatch } from '../live/stores';
import { NO_WATCH, type Watch } from '../live/watch';
import {
  alertOf, artifactOf, biasOf, candlesOf, clockOf, contextOf, gexOf, gexSummaryOf, heatmapOf, modeOf, MORNING_TS, profileOf, serviceOf, spotOf, vixRegimeOf,
} from './samples';

const OPEN: Link = { phase: 'open', attempts: 0, hasSnapshot: true, wasOpen: true, gen: '7c20e1d4' };

/** Everything that the page holds of the live world, of all families. */
export interface Live extends Line, Prices, Watch {
  models: Models;
  heatmaps: HeatmapBooks;
}

const EMPTY: Live = { ...NO_LINE, ...NO_PRICES, ...NO_WATCH, models: NO_MODELS, heatmaps: NO_HEATMAPS };

/** The state of the page in each situation that a panel must show, with data of `MORNING_TS`. */
export function liveIn(situation: 'loading' | 'empty' | 'live' | 'stale' | 'disconnected' | 'offline'): Live {
  const held: Live = {
    ...EMPTY,
    link: OPEN,
    skewMs: 0,
    receivedMs: MORNING_TS * 1000,
    nowMs: MORNING_TS * 1000 + 400,
    spots: { 'I:SPX': spotOf('I:SPX'), 'I:VIX': spotOf('I:VIX', { value: 16.2, change: -0.31, change_pct: -1.88 }), SPY: spotOf('SPY', { type: 'etf' }) },
    traces: { 'I:SPX': { values: [1, 2, 3], lastTs: MORNING_TS } },
    clock: clockOf(),
    books: { 'I:SPX': { ts: MORNING_TS, bars: barsOf() } },
    models: {
      ...NO_MODELS,
      gex: { 'I:SPX': gexOf('I:SPX') },
      gexSummaries: { ts: MORNING_TS, market_ts: MORNING_TS, symbols: { 'I:SPX': gexSummaryOf() } },
      modes: { 'I:SPX': modeOf() },
      biases: { 'I:SPX': biasOf() },
      vixRegime: vixRegimeOf(),
      profiles: { 'I:SPX': profileOf() },
      artifacts: { 'I:SPX': artifactOf(Array.from({ length: 200 }, (_, n) => 100 + n), 6530) },
      contexts: { 'I:SPX': contextOf() },
    },
    heatmaps: { 'I:SPX': takeWhole(undefined, heatmapOf()) },
    fleet: { ts: MORNING_TS, services: [serviceOf('massive'), serviceOf('healer', { status: 'late', health: alertOf({ svc: 'healer' }), last_alert: alertOf({ svc: 'healer' }) })] },
    alerts: [alertOf({ svc: 'healer', late_sec: 30.8, timeout_sec: 30 })],
  };
  switch (situation) {
    case 'loading':
      return EMPTY;
    case 'empty':
      return { ...EMPTY, link: OPEN, nowMs: MORNING_TS * 1000, receivedMs: MORNING_TS * 1000 };
    case 'live':
      return held;
    case 'stale':
      return { ...held, nowMs: (MORNING_TS + 42) * 1000, receivedMs: (MORNING_TS + 41) * 1000 };
    case 'disconnected':
      return { ...held, link: { ...OPEN, phase: 'reconnecting', attempts: 2 } };
    case 'offline':
      return { ...EMPTY, link: { ...OPEN, phase: 'offline', hasSnapshot: false, wasOpen: false, attempts: 3 } };
  }
}

function barsOf() {
  const { candles_5m } = candlesOf('I:SPX', [
    { t: MORNING_TS - 362, o: 6601, h: 6610.5, l: 6600, c: 6605 },
    { t: MORNING_TS - 62, o: 6605, h: 6640.08, l: 6604, c: 6632.41 },
  ]);
  return { '5m': candles_5m, '10m': candles_5m, '15m': candles_5m, '1h': candles_5m };
}

export function show({ link, skewMs, receivedMs, nowMs, revision, spots, traces, clock, books, models, heatmaps, fleet, pulses, alerts, feedEvents }: Live) {
  act(() => {
    useLine.setState({ link, skewMs, receivedMs, nowMs, revision }, true);
    usePrices.setState({ spots, traces, clock, books }, true);
    useModels.setState(models, true);
    useHeatmaps.setState(heatmaps, true);
    useWatch.setState({ fleet, pulses, alerts, feedEvents }, true);
  });
}

/** What is shown now. */
export function shown(): Live {
  return { ...useLine.getState(), ...usePrices.getState(), ...useWatch.getState(), models: useModels.getState(), heatmaps: useHeatmaps.getState() };
}

/** A frame of the stream comes. */
export function send(frame: Frame) {
  act(() => take([frame]));
}

/** Every request is answered so; `pending` never is. */
export function answerAll(answer: 'pending' | { status: number; body: unknown }) {
  return vi.spyOn(globalThis, 'fetch').mockImplementation(() =>
    answer === 'pending'
      ? new Promise<Response>(() => {})
      : Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status, headers: { 'x-request-id': 'r-5b1d' } })),
  );
}

export const NO_DATA = { status: 404, body: { success: false, error: 'no_data', message: 'Nothing yet.' } };
export const REFUSED = { status: 500, body: { success: false, error: 'redis_unavailable', message: 'Prices are away.' } };
export const GATED = { status: 403, body: { success: false, error: 'feature_gated', message: 'Not yours.' } };
