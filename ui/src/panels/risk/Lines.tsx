import { memo, useId } from 'react';
import type { Drawn, RiskPicture } from '../../kit/risk/picture';
import { seriesStyle } from './colours';
import css from './RiskChart.module.css';
import { areaPath, linePath, PAD, type Stage, yOf } from './scale';

export interface LinesProps {
  picture: RiskPicture;
  stage: Stage;
  /** Drawn by itself as well. */
  one: { drawn: Drawn; colour: number } | null;
  isWhatIf: boolean;
}

const BETWEEN = ['first', 'second', 'third'];

/** What the positions win and lose: shaded at expiry, the line at expiry and the line of now. */
export const Lines = memo(function Lines({ picture, stage, one, isWhatIf }: LinesProps) {
  const id = useId();
  const { xs, expiry, today, between } = picture;
  const area = areaPath(xs, expiry, stage);
  const zero = yOf(stage, 0);
  const inner = { x: PAD.left, width: Math.max(0, stage.width - PAD.left - PAD.right) };
  return (
    <g clipPath={`url(#${id}-in)`}>
      <defs>
        <clipPath id={`${id}-in`}><rect {...inner} y={PAD.top - 2} height={stage.height - PAD.top - PAD.bottom + 4} /></clipPath>
        <clipPath id={`${id}-win`}><rect {...inner} y={PAD.top} height={Math.max(0, zero - PAD.top)} /></clipPath>
        <clipPath id={`${id}-lose`}><rect {...inner} y={zero} height={Math.max(0, stage.height - PAD.bottom - zero)} /></clipPath>
      </defs>
      <path className={css.win} d={area} clipPath={`url(#${id}-win)`} data-testid="tent" />
      <path className={css.lose} d={area} clipPath={`url(#${id}-lose)`} />
      {one && (
        <g className={css.one} style={seriesStyle(one.colour)}>
          <path d={linePath(xs, one.drawn.expiry, stage)} />
          <path d={linePath(xs, one.drawn.today, stage)} className={css.oneNow} />
        </g>
      )}
      {between.map((line, n) => <path key={BETWEEN[n]} className={css.between} d={linePath(xs, line, stage)} data-testid="line-between" />)}
      <path className={css.expiry} d={linePath(xs, expiry, stage)} data-testid="line-expiry" />
      <path className={css.now} d={linePath(xs, today, stage)} data-what-if={isWhatIf || undefined} data-testid="line-now" />
    </g>
  );
});
