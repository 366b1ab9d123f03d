import { describe, expect, test } from 'vitest';
import { gatesOf } from '../samples';
import { changes, faults, type Feature, isAdmitted, NO_DRAFT, parsed, patchOf, shownSetting, withAdmission, withMode, withSetting } from './gates';

const ALERTS: Feature = { key: 'alert_max_active', kind: 'number' };
const JOURNAL: Feature = { key: 'journal_access', kind: 'boolean' };
const HEATMAP: Feature = { key: 'heatmap_access', kind: 'boolean' };
const gates = gatesOf();

describe('parsed', () => {
  test.each<[Feature['kind'], string, unknown]>([
    ['number', '12', 12], ['number', ' −1 ', -1], ['number', '-1', -1], ['number', '', null], ['number', '-2', undefined], ['number', '1.5', undefined], ['number', 'many', undefined],
    ['boolean', 'true', true], ['boolean', 'false', false], ['boolean', '', null],
  ])('%s "%s" is %s', (kind, text, expected) => {
    expect(parsed(kind, text)).toBe(expected);
  });
});

describe('a draft', () => {
  test('holds only what differs', () => {
    const barred = withAdmission(gates, NO_DRAFT, 'activator', false);
    expect(isAdmitted(gates, barred, 'activator')).toBe(false);
    expect(withAdmission(gates, barred, 'activator', true)).toEqual(NO_DRAFT);
    expect(withMode(gates, withMode(gates, NO_DRAFT, 'full_production'), 'tier_gated')).toEqual(NO_DRAFT);
    expect(withSetting(gates, withSetting(gates, NO_DRAFT, 'observer', ALERTS, '9'), 'observer', ALERTS, '3')).toEqual(NO_DRAFT);
  });

  test('a tier that the document does not name is admitted', () => {
    expect(isAdmitted(gatesOf({ allowed_tiers: {} }), NO_DRAFT, 'observer')).toBe(true);
    expect(isAdmitted(gates, NO_DRAFT, 'observer')).toBe(false);
  });

  test('what is typed wrong is shown, told, and not sent', () => {
    const draft = withSetting(gates, NO_DRAFT, 'observer', ALERTS, 'three');
    expect(shownSetting(gates, draft, 'observer', 'alert_max_active')).toBe('three');
    expect([...faults(draft)]).toEqual(['observer alert_max_active']);
    expect(patchOf(gates, draft)).toEqual({});
  });
});

describe('what is saved', () => {
  let draft = withAdmission(gates, NO_DRAFT, 'observer', true);
  draft = withMode(gates, draft, 'full_production');
  draft = withSetting(gates, draft, 'defaults', ALERTS, '10');
  draft = withSetting(gates, draft, 'observer', ALERTS, '');
  draft = withSetting(gates, draft, 'navigator', HEATMAP, 'false');
  draft = withSetting(gates, draft, 'defaults', JOURNAL, '');

  test('is a patch of the changes alone; null takes away', () => {
    expect(patchOf(gates, draft)).toEqual({
      mode: 'full_production',
      allowed_tiers: { observer: true },
      defaults: { alert_max_active: { value: 10 }, journal_access: null },
      tiers: { observer: { alert_max_active: null }, navigator: { heatmap_access: false } },
    });
  });

  test('is told line by line, with what will be inherited', () => {
    expect(changes(gates, draft).map(({ what, before, after }) => `${what}: ${before} → ${after}`)).toEqual([
      'Features: Gated by tier → Everything open',
      'Admission, Observer: barred → admitted',
      'Journal, Every tier: open → Not set (open)',
      'Heatmap, Navigator: As every tier (open) → closed',
      'Active alerts, Every tier: no limit → 10',
      'Active alerts, Observer: 3 → As every tier (10)',
    ]);
  });

  test('is nothing once the gates are so', () => {
    const after = gatesOf({ mode: 'full_production', allowed_tiers: { observer: true } });
    expect(changes(after, withMode(gates, withAdmission(gates, NO_DRAFT, 'observer', true), 'full_production'))).toEqual([]);
  });
});
