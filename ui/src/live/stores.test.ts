import { describe, expect, test, vi } from 'vitest';
import { biasOf, diffOf, gexOf, gexSummaryOf, heatmapOf, modeOf, serviceOf, spotOf, vixRegimeOf } from '../test/samples';
import { forget, take, useHeatmaps, useLine, useModels, usePrices, useWatch } from './stores';

describe('families', () => {
  test('each frame finds its place', () => {
    take([
      { event: 'gex', data: gexOf('I:SPX') },
      { event: 'gex_summary', data: { ts: 1, market_ts: 1, symbols: { 'I:SPX': gexSummaryOf() } } },
      { event: 'heatmap', data: heatmapOf() },
      { event: 'heatmap_diff', data: diffOf(1000, 1001, []) },
      { event: 'market_mode', data: modeOf() },
      { event: 'bias_lfi', data: biasOf() },
      { event: 'vix_regime', data: vixRegimeOf() },
      { event: 'volume_profile', data: { symbol: 'I:SPX', version: 'v7', ts: 1 } },
      { event: 'dealer_gravity_artifact_updated', data: { type: 'dealer_gravity_artifact_updated', symbol: 'I:SPX', artifact_version: 'v8', occurred_at: '', ts: 1 } },
    ]);
    const models = useModels.getState();
    expect(models.gex['I:SPX']?.calls?.expirations['2025-11-21']?.['6630']).toBe(300);
    expect(models.gexSummaries?.symbols['I:SPX']?.call_wall).toBe(6700);
    expect(useHeatmaps.getState()['I:SPX']?.version).toBe(1001);
    expect([models.modes['I:SPX']?.score, models.biases['I:SPX']?.lfi_score, models.vixRegime?.vix]).toEqual([66.8, 61.2, 16.2]);
    expect([models.profilePointers['I:SPX']?.version, models.artifactPointers['I:SPX']?.artifact_version]).toEqual(['v7', 'v8']);
  });

  test('readers of one family are not woken by another, and by their own once', () => {
    const told = vi.fn<(family: string) => void>();
    const stops = [
      useLine.subscribe(() => told('line')), usePrices.subscribe(() => told('prices')), useModels.subscribe(() => told('models')),
      useHeatmaps.subscribe(() => told('heatmaps')), useWatch.subscribe(() => told('watch')),
    ];
    take([
      { event: 'spot', data: { SPY: spotOf('SPY', { value: 1 }) } },
      { event: 'fleet', data: { ts: 1, services: [serviceOf('massive')] } },
      { event: 'spot', data: { SPY: spotOf('SPY', { value: 2 }) } },
    ]);
    for (const stop of stops) stop();
    expect(told.mock.calls).toEqual([['prices'], ['watch']]);
    expect(usePrices.getState().spots['SPY']?.value).toBe(2);
  });

  test('nothing stays of whoever leaves', () => {
    take([{ event: 'spot', data: { SPY: spotOf('SPY') } }, { event: 'heatmap', data: heatmapOf() }]);
    useLine.setState({ revision: 7 });
    forget();
    expect([usePrices.getState().spots, useHeatmaps.getState(), useLine.getState().revision]).toEqual([{}, {}, 0]);
  });
});
