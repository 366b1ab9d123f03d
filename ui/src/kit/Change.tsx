import clsx from 'clsx';
import css from './Change.module.css';
import { direction, percent, signed } from './format';
import { DirectionMark } from './icons';

/** A change in points and percent: sign, mark and colour. */
export function Change({ points, pct, className }: { points: number | null; pct: number | null; className?: string | undefined }) {
  if (points === null && pct === null) return null;
  const way = direction(points);
  return (
    <span className={clsx(css.change, css[way], className)}>
      <DirectionMark way={way} />
      <span>{signed(points)}</span>
      <span>{percent(pct)}</span>
    </span>
  );
}
