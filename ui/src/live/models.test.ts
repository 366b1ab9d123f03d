import { expect, test } from 'vitest';
import { gexOf, modeOf } from '../test/samples';
import type { FramesOf } from './frames';
import { gexTs, NO_MODELS, reduceModels } from './models';

const after = (frames: FramesOf<'models'>[]) => frames.reduce(reduceModels, NO_MODELS);

test('an older frame never replaces a newer one', () => {
  const now = modeOf().ts;
  const models = after([{ event: 'market_mode', data: modeOf({ score: 1 }) }, { event: 'market_mode', data: modeOf({ score: 2, ts: now - 1 }) }]);
  expect(models.modes['I:SPX']?.score).toBe(1);
  const gex = gexOf('I:SPX');
  const older = { ...gex, calls: gex.calls && { ...gex.calls, ts: 1 }, puts: null };
  expect(after([{ event: 'gex', data: gex }, { event: 'gex', data: older }]).gex['I:SPX']).toBe(gex);
  expect(gexTs(older)).toBe(1);
});
