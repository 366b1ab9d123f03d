import clsx from 'clsx';
import { useMemo } from 'react';
import { words } from '../../kit/words';
import type { Artifact } from '../../wire';
import { miniProfile, placeOf } from './gravity';
import css from './MiniProfile.module.css';

const WIDTH = 96;
const ROW = 4;

/** Volume by price near the price; the line is the price. */
export function MiniProfile({ artifact, spot }: { artifact: Artifact; spot: number }) {
  // The window follows in steps, so that the picture rests while the price moves.
  const centre = Math.round(spot / 5) * 5;
  const bars = useMemo(() => miniProfile(artifact, centre), [artifact, centre]);
  const height = bars.length * ROW;
  const at = placeOf(spot, bars);
  if (height === 0) return null;
  return (
    <svg className={css.profile} viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" role="img" aria-label={words.gravity.profile} data-testid="mini-profile">
      {bars.map(({ price, size, isNode }, n) => (
        <rect key={price} className={clsx(css.bar, isNode && css.node)} x={0} y={n * ROW} width={Math.max(0.5, size * WIDTH)} height={ROW - 1} />
      ))}
      {at !== null && <line className={css.spot} x1={0} x2={WIDTH} y1={at * height} y2={at * height} vectorEffect="non-scaling-stroke" />}
    </svg>
  );
}
