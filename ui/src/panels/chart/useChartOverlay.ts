import { useMemo } from 'react';
import { expirationOf, expirationsOf, levelsOf, strikesOf } from '../../kit/gamma';
import { usePositions } from '../../kit/positions';
import { usePrefs } from '../../kit/prefs';
import { useModels, usePrices } from '../../live/stores';
import { useGex, useProfile } from '../../live/useModels';
import { positionLines } from './lines';
import type { Overlay } from './overlays';

/** What the user wants drawn over the bars of `symbol`, as far as it is known. */
export function useChartOverlay(symbol: string): Overlay {
  const wants = usePrefs((prefs) => prefs.overlays);
  const gex = useGex(symbol);
  const profile = useProfile(symbol, wants.profile || wants.structures, wants.profileMode);
  const summary = useModels((models) => models.gexSummaries?.symbols[symbol]);
  const edited = useModels((models) => models.artifacts[symbol]?.structures);
  const spot = usePrices((prices) => (wants.move ? prices.spots[symbol]?.value : undefined));
  const moveSize = useModels((models) => models.vixRegime?.expected_move[symbol]?.dte0);
  const held = usePositions((now) => now.all);

  const strikes = useMemo(() => (wants.gex === 'off' || !gex ? null : strikesOf(gex, expirationOf(wants.expirations, expirationsOf(gex)))), [gex, wants.gex, wants.expirations]);
  const positions = useMemo(() => (wants.positions ? positionLines(held, symbol) : []), [held, symbol, wants.positions]);
  const levels = useMemo(() => levelsOf(summary, wants), [summary, wants]);
  return useMemo(() => ({
    gex: strikes,
    gexMode: wants.gex === 'net' ? 'net' : 'sides',
    profile: wants.profile ? (profile ?? null) : null,
    look: { share: wants.profileWidth / 100, cap: wants.profileCap },
    structures: wants.structures ? (edited ?? profile?.structures ?? null) : null,
    levels,
    move: spot === undefined || moveSize === undefined ? null : { low: spot - moveSize, high: spot + moveSize },
    positions,
  }), [strikes, wants, profile, edited, levels, spot, moveSize, positions]);
}
