import { memo, useMemo } from 'react';
import { type Backdrop, volumeSteps } from './backdrop';
import css from './RiskChart.module.css';
import { PAD, type Stage, xOf } from './scale';

/** How much of the height the bars take. */
const GAMMA_SHARE = 0.3;
const VOLUME_SHARE = 0.42;

/** Gamma by strike, volume by price, and the ranges without volume, from the floor of the graph upwards. */
export const BackdropLayer = memo(function BackdropLayer({ backdrop, stage, opacity }: { backdrop: Backdrop; stage: Stage; opacity: number }) {
  const { view, width, height } = stage;
  const floor = height - PAD.bottom;
  const tall = floor - PAD.top;
  const perPoint = (width - PAD.left - PAD.right) / (view[1] - view[0]);
  const volume = useMemo(() => volumeSteps(backdrop.profile, view), [backdrop.profile, view]);
  const largest = Math.max(...backdrop.gamma.map(({ net }) => Math.abs(net)), 0);
  const gaps = backdrop.gamma.slice(1).map(({ strike }, n) => strike - (backdrop.gamma[n]?.strike ?? strike));
  const bar = Math.max(1.5, Math.min(10, (gaps.length > 0 ? Math.min(...gaps) : 5) * perPoint * 0.5));
  const band = ([low, high]: [number, number], kind: 'well' | 'crevasse') => {
    const [from, to] = [Math.max(low, view[0]), Math.min(high, view[1])];
    if (from >= to) return null;
    const x = xOf(stage, from);
    return <rect key={`${kind} ${low}`} className={css[kind]} x={x} width={Math.max(1, xOf(stage, to) - x)} y={PAD.top} height={tall} />;
  };

  return (
    <g opacity={opacity / 100} data-testid="backdrop" aria-hidden="true">
      {backdrop.structures?.volume_wells.map((each) => band(each, 'well'))}
      {backdrop.structures?.crevasses.map((each) => band(each, 'crevasse'))}
      {volume.steps.map(({ price, share }) => (
        <rect
          key={price} data-bar="volume" data-at={price} className={css.volume} x={xOf(stage, price) - (volume.size * perPoint) / 2} width={Math.max(0.5, volume.size * perPoint)}
          y={floor - share * tall * VOLUME_SHARE} height={share * tall * VOLUME_SHARE}
        />
      ))}
      {largest > 0 && backdrop.gamma.map(({ strike, net }) => {
        const size = (Math.abs(net) / largest) * tall * GAMMA_SHARE;
        return size < 0.5 ? null : <rect key={strike} data-bar="gamma" data-at={strike} className={net > 0 ? css.gammaUp : css.gammaDown} x={xOf(stage, strike) - bar / 2} width={bar} y={floor - size} height={size} />;
      })}
    </g>
  );
});
