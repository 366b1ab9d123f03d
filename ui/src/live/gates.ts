import { useShallow } from 'zustand/react/shallow';
import type { Tier, TierGates } from '../wire';
import type { PanelState } from './freshness';
import { useSession } from './session';

/** What can be gated. */
export type FeatureKey =
  | 'journal_access' | 'playbook_access' | 'edge_lab_access' | 'import_access' | 'leaderboard_access' | 'heatmap_access' | 'dg_analysis_access'
  | 'routine_briefing_access' | 'vexy_chat_rate' | 'vexy_interaction_rate' | 'position_max_concurrent' | 'alert_max_active' | 'trade_log_max_active'
  | 'risk_graph_max_strategies';

/** What a gate says to somebody. */
export interface Feature {
  isOpen: boolean;
  /** How many are allowed; null is any number. */
  limit: number | null;
}

const OPEN: Feature = { isOpen: true, limit: null };
const EXEMPT = new Set<Tier>(['coaching', 'administrator']);

/** What `gates` say of a feature. Gates that are not known say nothing: the server refuses for itself. */
export function feature(gates: TierGates | null, key: FeatureKey): Feature {
  if (gates === null || gates.mode !== 'tier_gated' || EXEMPT.has(gates.user_tier)) return OPEN;
  const setting = gates.tiers[gates.user_tier]?.[key] ?? gates.defaults[key]?.value ?? true;
  if (typeof setting === 'boolean') return setting ? OPEN : { isOpen: false, limit: 0 };
  return setting < 0 ? OPEN : { isOpen: setting > 0, limit: setting };
}

/** What the gates say of a feature. The page is drawn once they are read, or could not be. */
export function useFeature(key: FeatureKey): Feature {
  return useSession(useShallow(({ gates }) => feature(gates, key)));
}

export function useIsOpen(key: FeatureKey): boolean {
  return useSession(({ gates }) => feature(gates, key).isOpen);
}

/** `state`, or that the feature is not part of the tier. A panel asks for nothing while its feature is closed. */
export function gatedState({ isOpen }: Feature, state: PanelState): PanelState {
  return isOpen ? state : { kind: 'gated', failure: { code: 'feature_gated', message: '', requestId: null } };
}
