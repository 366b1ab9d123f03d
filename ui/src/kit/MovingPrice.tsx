import clsx from 'clsx';
import { useState } from 'react';
import { price } from './format';
import css from './MovingPrice.module.css';

interface Move {
  value: number;
  way: 'none' | 'up' | 'down';
  /** Leading characters that did not change. */
  kept: number;
  count: number;
}

/** A price whose changed digits light up for a moment in the direction it moved. */
export function MovingPrice({ value }: { value: number }) {
  const [move, setMove] = useState<Move>({ value, way: 'none', kept: Infinity, count: 0 });
  const text = price(value);
  if (value !== move.value) {
    setMove({ value, way: value > move.value ? 'up' : 'down', kept: sameStart(price(move.value), text), count: move.count + 1 });
  }
  return (
    <>
      {text.slice(0, move.kept)}
      {move.kept < text.length && <span className={clsx(css[move.way], move.count % 2 === 0 && css.again)}>{text.slice(move.kept)}</span>}
    </>
  );
}

function sameStart(before: string, after: string): number {
  let n = 0;
  while (n < after.length && before.length === after.length && before[n] === after[n]) n += 1;
  return n;
}
