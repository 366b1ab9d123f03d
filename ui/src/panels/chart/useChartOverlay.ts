import { useMemo } from 'react';
import { usePrefs } from '../../kit/prefs';
import { useLive } from '../../live/store';
import { useGex, useProfile } from '../../live/useModels';
import { expirationsOf, levelsOf, type Overlay, strikesOf } from './overlays';

/** What the user wants drawn over the bars of `symbol`, as far as it is known. */
export function useChartOverlay(symbol: string): Overlay {
  const wants = usePrefs((prefs) => prefs.overlays);
  const gex = useGex(symbol);
  const profile = useProfile(symbol, wants.profile || wants.structures);
  const summary = useLive((live) => live.models.gexSummaries?.symbols[symbol]);
  const edited = useLive((live) => live.models.artifacts[symbol]?.structures);

  const strikes = useMemo(() => {
    if (wants.gex === 'off' || !gex) return null;
    return strikesOf(gex, wants.expirations === 'all' ? null : (expirationsOf(gex)[0] ?? null));
  }, [gex, wants.gex, wants.expirations]);
  return useMemo(() => ({
    gex: strikes,
    gexMode: wants.gex === 'net' ? 'net' : 'sides',
    profile: wants.profile ? (profile ?? null) : null,
    structures: wants.structures ? (edited ?? profile?.structures ?? null) : null,
    levels: wants.levels ? levelsOf(summary) : [],
  }), [strikes, wants, profile, edited, summary]);
}
