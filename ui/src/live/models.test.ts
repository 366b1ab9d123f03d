import { describe, expect, test } from 'vitest';
import { biasOf, diffOf, gexOf, gexSummaryOf, heatmapOf, modeOf, vixRegimeOf } from '../test/samples';
import { gexTs, type ModelFrame, type Models, NO_MODELS, reduceModels } from './models';

const after = (frames: ModelFrame[], models: Models = NO_MODELS) => frames.reduce(reduceModels, models);

describe('models', () => {
  test('each frame finds its place', () => {
    const models = after([
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
    expect(models.gex['I:SPX']?.calls?.expirations['2025-11-21']?.['6630']).toBe(300);
    expect(models.gexSummaries?.symbols['I:SPX']?.call_wall).toBe(6700);
    expect(models.heatmaps['I:SPX']?.version).toBe(1001);
    expect([models.modes['I:SPX']?.score, models.biases['I:SPX']?.lfi_score, models.vixRegime?.vix]).toEqual([66.8, 61.2, 16.2]);
    expect([models.profilePointers['I:SPX']?.version, models.artifactPointers['I:SPX']?.artifact_version]).toEqual(['v7', 'v8']);
  });

  test('an older frame never replaces a newer one', () => {
    const now = modeOf().ts;
    const models = after([{ event: 'market_mode', data: modeOf({ score: 1 }) }, { event: 'market_mode', data: modeOf({ score: 2, ts: now - 1 }) }]);
    expect(models.modes['I:SPX']?.score).toBe(1);
    const gex = gexOf('I:SPX');
    const older = { ...gex, calls: gex.calls && { ...gex.calls, ts: 1 }, puts: null };
    expect(after([{ event: 'gex', data: gex }, { event: 'gex', data: older }]).gex['I:SPX']).toBe(gex);
    expect(gexTs(older)).toBe(1);
  });

  test('a diff without a heatmap, or one that is not newer, changes nothing', () => {
    expect(after([{ event: 'heatmap_diff', data: diffOf(1, 2, []) }])).toBe(NO_MODELS);
    const held = after([{ event: 'heatmap', data: heatmapOf() }]);
    expect(reduceModels(held, { event: 'heatmap_diff', data: diffOf(999, 1000, []) })).toBe(held);
  });
});
