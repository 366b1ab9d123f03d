import { useDeferredValue } from 'react';
import { etDay, etMinute, price } from '../../kit/format';
import type { Candle } from '../../wire';
import { summarise } from './bars';

/** The chart in a sentence, for those who do not see it. */
export function Summary({ id, bars }: { id: string; bars: Candle[] }) {
  const summary = summarise(useDeferredValue(bars));
  if (!summary) return null;
  const { last, high, low, fromTs, toTs } = summary;
  return (
    <p id={id} className="sr-only">
      Last {price(last)}, high {price(high)}, low {price(low)}, from {etDay(fromTs)} {etMinute(fromTs)} to {etDay(toTs)} {etMinute(toTs)} New York time.
    </p>
  );
}
