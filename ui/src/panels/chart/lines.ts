import type { Position } from '../../api/positions';
import { strike as strikeText } from '../../kit/format';
import { isOneExpiration } from '../../kit/risk/model';
import { payoffLine, zerosOf } from '../../kit/risk/payoff';
import { unitsOf } from '../../kit/risk/legs';
import { chartWords } from './words';

/** A price of a position, with what it is. */
export interface PositionLine {
  kind: 'strike' | 'breakEven';
  price: number;
  text: string;
}

type Held = Pick<Position, 'symbol' | 'legs' | 'cost' | 'isVisible'>;

/** Strikes and break-evens of the positions of `symbol` that are shown; equal prices are one line. The highest first. */
export function positionLines(positions: readonly Held[], symbol: string): PositionLine[] {
  const lines = new Map<string, PositionLine>();
  const add = (kind: PositionLine['kind'], price: number, text: string) => {
    const key = `${kind} ${price.toFixed(2)}`;
    const held = lines.get(key);
    lines.set(key, { kind, price, text: held && held.text !== text ? `${held.text}, ${text}` : text });
  };
  for (const { legs, cost } of positions.filter((each) => each.symbol === symbol && each.isVisible)) {
    for (const { strike, right, quantity } of legs) add('strike', strike, `${quantity > 0 ? '+' : '−'}${Math.abs(quantity)} ${right === 'call' ? 'C' : 'P'}`);
    // With several expirations the line at the first one is not straight: its zeros are the risk graph's.
    if (!isOneExpiration(legs)) continue;
    for (const price of zerosOf(payoffLine(legs, unitsOf(legs) * cost))) add('breakEven', price, chartWords.breakEven(strikeText(price)));
  }
  return [...lines.values()].toSorted((a, b) => b.price - a.price);
}
