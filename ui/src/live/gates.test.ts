import { renderHook } from '@testing-library/react';
import { expect, test } from 'vitest';
import { gatesOf } from '../test/members';
import type { TierGates } from '../wire';
import { feature, type FeatureKey, gatedState, useFeature, useIsOpen } from './gates';
import { useSession } from './session';

test.each<[string, TierGates | null, FeatureKey, boolean, number | null]>([
  ['gates that are not known close nothing', null, 'heatmap_access', true, null],
  ['full production gates nothing', gatesOf({ mode: 'full_production', user_tier: 'observer' }), 'heatmap_access', true, null],
  ['a tier\'s own word counts', gatesOf({ user_tier: 'observer' }), 'heatmap_access', false, 0],
  ['another tier\'s does not', gatesOf({ user_tier: 'navigator' }), 'heatmap_access', true, null],
  ['else the default does', gatesOf({ defaults: { journal_access: { type: 'boolean', label: 'Journal', value: false } } }), 'journal_access', false, 0],
  ['what nobody speaks of is open', gatesOf(), 'playbook_access', true, null],
  ['a number is a limit', gatesOf({ user_tier: 'observer' }), 'alert_max_active', true, 3],
  ['-1 is none', gatesOf(), 'alert_max_active', true, null],
  ['0 is closed', gatesOf({ tiers: { navigator: { alert_max_active: 0 } } }), 'alert_max_active', false, 0],
  ['coaching is exempt', gatesOf({ user_tier: 'coaching', tiers: { coaching: { heatmap_access: false } } }), 'heatmap_access', true, null],
  ['so are administrators', gatesOf({ user_tier: 'administrator', defaults: { heatmap_access: { type: 'boolean', label: '', value: false } } }), 'heatmap_access', true, null],
])('%s', (_name, gates, key, isOpen, limit) => {
  expect(feature(gates, key)).toEqual({ isOpen, limit });
});

test('a panel follows the gates', () => {
  const { result, rerender } = renderHook(() => [useFeature('heatmap_access'), useIsOpen('heatmap_access')] as const);
  expect(result.current).toEqual([{ isOpen: true, limit: null }, true]);
  useSession.setState({ gates: gatesOf({ user_tier: 'observer' }) });
  rerender();
  expect(result.current).toEqual([{ isOpen: false, limit: 0 }, false]);
  expect(gatedState(result.current[0], { kind: 'loading' })).toMatchObject({ kind: 'gated', failure: { code: 'feature_gated' } });
  expect(gatedState({ isOpen: true, limit: null }, { kind: 'live' })).toEqual({ kind: 'live' });
});
