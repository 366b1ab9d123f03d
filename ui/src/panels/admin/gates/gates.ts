import type { Gates, GateSetting, GatesPatch } from '../../../wire';
import { adminWords } from '../words';
import { gateWords } from './words';

/** Tiers that can be barred, and that features can be withheld from. */
export const GATED_TIERS = ['observer', 'activator', 'navigator'] as const;
export const EXEMPT_TIERS = ['coaching', 'administrator'] as const;
export type GatedTier = (typeof GATED_TIERS)[number];
export type Scope = 'defaults' | GatedTier;

export interface Feature {
  key: string;
  kind: 'boolean' | 'number';
}

/** What the gateway can gate, in the order people see it. */
export const FEATURES: readonly Feature[] = [
  ...['journal_access', 'playbook_access', 'edge_lab_access', 'import_access', 'leaderboard_access', 'heatmap_access', 'dg_analysis_access', 'routine_briefing_access']
    .map((key) => ({ key, kind: 'boolean' as const })),
  ...['vexy_chat_rate', 'vexy_interaction_rate', 'position_max_concurrent', 'alert_max_active', 'trade_log_max_active', 'risk_graph_max_strategies']
    .map((key) => ({ key, kind: 'number' as const })),
];

/** What was changed and not saved: only what differs from the gates as they are. A setting of null inherits. */
export interface Draft {
  mode: Gates['mode'] | null;
  admission: Partial<Record<GatedTier, boolean>>;
  /** By `scope feature`, as it was typed. */
  settings: Record<string, string>;
}

export const NO_DRAFT: Draft = { mode: null, admission: {}, settings: {} };

const place = (scope: Scope, key: string) => `${scope} ${key}`;

/** The setting that is stored; null where there is none of its own. */
export function stored(gates: Gates, scope: Scope, key: string): GateSetting | null {
  return (scope === 'defaults' ? gates.defaults[key]?.value : gates.tiers[scope]?.[key]) ?? null;
}

/** A setting as its control holds it: `true`, `false`, a number, or nothing where it inherits. */
export function typed(setting: GateSetting | null): string {
  return setting === null ? '' : String(setting);
}

export function shownSetting(gates: Gates, draft: Draft, scope: Scope, key: string): string {
  return draft.settings[place(scope, key)] ?? typed(stored(gates, scope, key));
}

/** A setting out of what was typed; undefined when it is none. */
export function parsed(kind: Feature['kind'], text: string): GateSetting | null | undefined {
  const trimmed = text.trim().replace('−', '-');
  if (trimmed === '') return null;
  if (kind === 'boolean') return trimmed === 'true';
  return /^(-1|\d{1,15})$/.test(trimmed) ? Number(trimmed) : undefined;
}

export function isAdmitted(gates: Gates, draft: Draft, tier: GatedTier): boolean {
  return draft.admission[tier] ?? gates.allowed_tiers[tier] !== false;
}

export function withAdmission(gates: Gates, draft: Draft, tier: GatedTier, isOn: boolean): Draft {
  const { [tier]: _gone, ...admission } = draft.admission;
  return { ...draft, admission: (gates.allowed_tiers[tier] !== false) === isOn ? admission : { ...admission, [tier]: isOn } };
}

export function withMode(gates: Gates, draft: Draft, mode: Gates['mode']): Draft {
  return { ...draft, mode: mode === gates.mode ? null : mode };
}

export function withSetting(gates: Gates, draft: Draft, scope: Scope, { key, kind }: Feature, text: string): Draft {
  const { [place(scope, key)]: _gone, ...settings } = draft.settings;
  const isSame = parsed(kind, text) === stored(gates, scope, key);
  return { ...draft, settings: isSame ? settings : { ...settings, [place(scope, key)]: text } };
}

/** One line of what would be saved. */
export interface GateChange {
  id: string;
  what: string;
  before: string;
  after: string;
}

const onOff = (isOn: boolean) => (isOn ? gateWords.on : gateWords.off);

export function changes(gates: Gates, draft: Draft): GateChange[] {
  const list: GateChange[] = [];
  if (draft.mode !== null && draft.mode !== gates.mode) list.push({ id: 'mode', what: gateWords.mode, before: gateWords.modes[gates.mode], after: gateWords.modes[draft.mode] });
  for (const tier of GATED_TIERS) {
    const [before, after] = [gates.allowed_tiers[tier] !== false, isAdmitted(gates, draft, tier)];
    if (before !== after) list.push({ id: `admission ${tier}`, what: `${gateWords.admission}, ${adminWords.tiers[tier]}`, before: onOff(before), after: onOff(after) });
  }
  for (const { scope, feature, setting } of changedSettings(gates, draft)) {
    const what = gateWords.cell(featureLabel(gates, feature.key), scopeLabel(scope));
    list.push({ id: place(scope, feature.key), what, before: said(gates, scope, feature, stored(gates, scope, feature.key)), after: said(withDraft(gates, draft), scope, feature, setting) });
  }
  return list;
}

/** Places whose typed text is no setting. */
export function faults(draft: Draft): Set<string> {
  const faulty = FEATURES.flatMap(({ key, kind }) => scopes().map((scope) => ({ at: place(scope, key), kind })))
    .filter(({ at, kind }) => draft.settings[at] !== undefined && parsed(kind, draft.settings[at] ?? '') === undefined);
  return new Set(faulty.map(({ at }) => at));
}

export const isFaulty = (draft: Draft, scope: Scope, key: string) => faults(draft).has(place(scope, key));

/** What is sent: only what was changed, so that what others changed meanwhile stays. */
export function patchOf(gates: Gates, draft: Draft): GatesPatch {
  const patch: GatesPatch = {};
  if (draft.mode !== null && draft.mode !== gates.mode) patch.mode = draft.mode;
  for (const tier of GATED_TIERS) {
    const isOn = isAdmitted(gates, draft, tier);
    if (isOn !== (gates.allowed_tiers[tier] !== false)) patch.allowed_tiers = { ...patch.allowed_tiers, [tier]: isOn };
  }
  for (const { scope, feature, setting } of changedSettings(gates, draft)) {
    if (scope === 'defaults') patch.defaults = { ...patch.defaults, [feature.key]: setting === null ? null : { value: setting } };
    else patch.tiers = { ...patch.tiers, [scope]: { ...patch.tiers?.[scope], [feature.key]: setting } };
  }
  return patch;
}

export function featureLabel(gates: Gates, key: string): string {
  return gates.defaults[key]?.label ?? gateWords.labels[key] ?? key;
}

export function scopeLabel(scope: Scope): string {
  return scope === 'defaults' ? gateWords.everyone : adminWords.tiers[scope];
}

/** What a tier that says nothing of its own gets, with the draft, in a word. */
export function inheritedText(gates: Gates, draft: Draft, { key, kind }: Feature): string {
  const setting = parsed(kind, shownSetting(gates, draft, 'defaults', key));
  return valueText(kind, setting ?? null);
}

/** A setting in a word; none of its own is what holds without any. */
export function valueText(kind: Feature['kind'], setting: GateSetting | null): string {
  if (kind === 'boolean') return setting === false ? gateWords.closed : gateWords.open;
  return setting === null || Number(setting) < 0 ? gateWords.noLimit : String(setting);
}

function said(gates: Gates, scope: Scope, feature: Feature, setting: GateSetting | null): string {
  if (setting !== null) return valueText(feature.kind, setting);
  if (scope === 'defaults') return gateWords.unset(valueText(feature.kind, null));
  return gateWords.inherited(valueText(feature.kind, stored(gates, 'defaults', feature.key)));
}

/** The gates with the drafted defaults, which tiers without a word of their own would get. */
function withDraft(gates: Gates, draft: Draft): Gates {
  const defaults = { ...gates.defaults };
  for (const { key, kind } of FEATURES) {
    const setting = parsed(kind, shownSetting(gates, draft, 'defaults', key));
    if (setting === null || setting === undefined) delete defaults[key];
    else defaults[key] = { type: kind, label: featureLabel(gates, key), value: setting };
  }
  return { ...gates, defaults };
}

function changedSettings(gates: Gates, draft: Draft) {
  return FEATURES.flatMap((feature) => scopes().flatMap((scope) => {
    const text = draft.settings[place(scope, feature.key)];
    const setting = text === undefined ? undefined : parsed(feature.kind, text);
    return setting === undefined || setting === stored(gates, scope, feature.key) ? [] : [{ scope, feature, setting }];
  }));
}

function scopes(): Scope[] {
  return ['defaults', ...GATED_TIERS];
}
