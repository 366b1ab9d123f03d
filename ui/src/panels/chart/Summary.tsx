import { useDeferredValue } from 'react';
import { etDay, etMinute, price, strike } from '../../kit/format';
import { words } from '../../kit/words';
import type { Candle } from '../../wire';
import { summarise } from './bars';
import type { Overlay } from './overlays';

/** The chart in a sentence, for those who do not see it. */
export function Summary({ id, bars, overlay }: { id: string; bars: Candle[]; overlay: Overlay }) {
  const summary = summarise(useDeferredValue(bars));
  if (!summary) return null;
  const { last, high, low, fromTs, toTs } = summary;
  return (
    <p id={id} className="sr-only">
      Last {price(last)}, high {price(high)}, low {price(low)}, from {etDay(fromTs)} {etMinute(fromTs)} to {etDay(toTs)} {etMinute(toTs)} New York time.
      {overlay.levels.map(({ kind, price: level }) => ` ${words.levels[kind]} ${strike(level)}.`).join('')}
    </p>
  );
}
