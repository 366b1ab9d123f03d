/** Writes a patch over the gates of tiers as the gateway does: only what it knows, `null` takes away, coaching stays in. */
import { Invalid } from './form.mjs';

/** Every feature, in the order people see them. */
export const FEATURES = {
  journal_access: ['boolean', 'Journal'], playbook_access: ['boolean', 'Playbook'], edge_lab_access: ['boolean', 'Edge lab'], import_access: ['boolean', 'Imports'],
  leaderboard_access: ['boolean', 'Leaderboard'], heatmap_access: ['boolean', 'Heatmap'], dg_analysis_access: ['boolean', 'Dealer gravity analysis'],
  routine_briefing_access: ['boolean', 'Routine briefing'], vexy_chat_rate: ['number', 'Vexy chats per hour'], vexy_interaction_rate: ['number', 'Vexy interactions per hour'],
  position_max_concurrent: ['number', 'Open positions'], alert_max_active: ['number', 'Active alerts'], trade_log_max_active: ['number', 'Active trade logs'],
  risk_graph_max_strategies: ['number', 'Risk graph strategies'],
};
const SWITCHED = new Set(['observer', 'activator', 'navigator', 'coaching']);
const GATED = ['observer', 'activator', 'navigator'];
const EXPECTED = { boolean: 'true or false', number: 'a whole number, -1 for no limit' };

const object = (field, value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Invalid(field, 'a JSON object');
  return Object.entries(value);
};
const known = (field, key) => {
  if (!Object.hasOwn(FEATURES, key)) throw new Invalid(field, 'a known feature');
  return FEATURES[key];
};
const setting = (field, value, kind) => {
  const fits = kind === 'boolean' ? typeof value === 'boolean' : Number.isInteger(value) && value >= -1;
  if (!fits) throw new Invalid(field, EXPECTED[kind]);
  return value;
};
const put = (into, key, value) => {
  if (value === null) delete into[key];
  else into[key] = value;
};

export function merged(gates, patch) {
  const after = structuredClone(gates);
  const members = {
    mode: (value) => {
      if (!['full_production', 'tier_gated'].includes(value)) throw new Invalid('mode', 'full_production or tier_gated');
      after.mode = value;
    },
    updated_at: () => {},
    allowed_tiers: (value) => {
      for (const [tier, isAllowed] of object('allowed_tiers', value)) {
        if (!SWITCHED.has(tier)) throw new Invalid(`allowed_tiers.${tier}`, 'observer, activator, navigator or coaching');
        if (isAllowed !== null && typeof isAllowed !== 'boolean') throw new Invalid(`allowed_tiers.${tier}`, 'true or false');
        put(after.allowed_tiers, tier, isAllowed);
      }
    },
    defaults: (value) => {
      for (const [key, said] of object('defaults', value)) {
        const [kind, label] = known(`defaults.${key}`, key);
        if (said === null) {
          delete after.defaults[key];
          continue;
        }
        const { label: named, value: next = after.defaults[key]?.value } = Object.fromEntries(object(`defaults.${key}`, said));
        if (next === undefined) throw new Invalid(`defaults.${key}.value`, 'true, false, or a whole number from -1');
        after.defaults[key] = { type: kind, label: named ?? after.defaults[key]?.label ?? label, value: setting(`defaults.${key}.value`, next, kind) };
      }
    },
    tiers: (value) => {
      for (const [tier, said] of object('tiers', value)) {
        if (!GATED.includes(tier)) throw new Invalid(`tiers.${tier}`, 'observer, activator or navigator; nothing is withheld from the others');
        if (said === null) {
          delete after.tiers[tier];
          continue;
        }
        after.tiers[tier] ??= {};
        for (const [key, next] of object(`tiers.${tier}`, said)) {
          const [kind] = known(`tiers.${tier}.${key}`, key);
          put(after.tiers[tier], key, next === null ? null : setting(`tiers.${tier}.${key}`, next, kind));
        }
      }
    },
  };
  for (const [name, value] of object('document', patch)) {
    if (!Object.hasOwn(members, name)) throw new Invalid(name, 'mode, allowed_tiers, defaults or tiers');
    members[name](value);
  }
  after.allowed_tiers.coaching = true;
  for (const tier of GATED) after.tiers[tier] ??= {};
  return after;
}
