import { sparkPath } from './sparkPath';
import css from './Sparkline.module.css';

const WIDTH = 64;
const HEIGHT = 24;

/** The course of a price, without scale. */
export function Sparkline({ values }: { values: number[] }) {
  const line = sparkPath(values, WIDTH, HEIGHT);
  return (
    <svg className={css.spark} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {line && <path className={css.area} d={`${line}V${HEIGHT}H0Z`} />}
      {line && <path className={css.line} d={line} />}
    </svg>
  );
}
