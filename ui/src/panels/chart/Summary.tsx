import { useDeferredValue } from 'react';
import { etDay, etMinute, price, strike } from '../../kit/format';
import { words } from '../../kit/words';
import type { Candle } from '../../wire';
import { summarise } from './bars';
import { nodesAround, type Overlay } from './overlays';
import { chartWords } from './words';

/** The chart in a sentence, for those who do not see it. */
export function Summary({ id, bars, overlay }: { id: string; bars: Candle[]; overlay: Overlay }) {
  const summary = summarise(useDeferredValue(bars));
  if (!summary) return null;
  const { last, high, low, fromTs, toTs } = summary;
  const nodes = nodesAround(last, overlay.structures);
  return (
    <p id={id} className="sr-only">
      Last {price(last)}, high {price(high)}, low {price(low)}, from {etDay(fromTs)} {etMinute(fromTs)} to {etDay(toTs)} {etMinute(toTs)} New York time.
      {overlay.levels.map(({ kind, price: level }) => ` ${words.levels[kind]} ${strike(level)}.`).join('')}
      {nodes.above !== null && chartWords.nodeAbove(strike(nodes.above))}
      {nodes.below !== null && chartWords.nodeBelow(strike(nodes.below))}
      {overlay.positions.length > 0 && chartWords.positionLines(overlay.positions.length)}
    </p>
  );
}
