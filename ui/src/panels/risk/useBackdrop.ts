import { useMemo } from 'react';
import { expirationOf, expirationsOf, levelsOf } from '../../kit/gamma';
import { usePrefs } from '../../kit/prefs';
import type { Range } from '../../kit/risk/grid';
import { useModels } from '../../live/stores';
import { useGex, useProfile } from '../../live/useModels';
import { type Backdrop, netGamma } from './backdrop';

const NOTHING: Backdrop = { gamma: [], profile: null, structures: null, levels: [] };

/** Gamma, volume and levels of the graph's symbol, of the expirations and in the shape that the chart shows; nothing is asked for while it is not shown. */
export function useBackdrop(symbol: string, view: Range | null, isWanted: boolean): Backdrop {
  const gex = useGex(symbol);
  const expirations = usePrefs((prefs) => prefs.overlays.expirations);
  const hasLevels = usePrefs((prefs) => prefs.overlays.levels);
  const hasFlip = usePrefs((prefs) => prefs.overlays.flip);
  const mode = usePrefs((prefs) => prefs.overlays.profileMode);
  const profile = useProfile(symbol, isWanted, mode);
  const summary = useModels((models) => models.gexSummaries?.symbols[symbol]);
  const structures = useModels((models) => models.artifacts[symbol]?.structures) ?? profile?.structures;
  const [low, high] = view ?? [0, 0];
  const gamma = useMemo(() => netGamma(gex, expirationOf(expirations, expirationsOf(gex)), [low, high]), [gex, expirations, low, high]);
  const levels = useMemo(() => levelsOf(summary, { levels: hasLevels, flip: hasFlip }), [summary, hasLevels, hasFlip]);
  return useMemo(() => (isWanted ? { gamma, profile: profile ?? null, structures: structures ?? null, levels } : NOTHING), [isWanted, gamma, profile, structures, levels]);
}
