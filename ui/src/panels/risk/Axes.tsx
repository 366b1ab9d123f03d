import { memo } from 'react';
import { strike as strikeText } from '../../kit/format';
import css from './RiskChart.module.css';
import { axisMoney } from './facts';
import { PAD, type Stage, ticks, xOf, yOf } from './scale';

/** Prices below, dollars to the left, and the line of zero. */
export const Axes = memo(function Axes({ stage }: { stage: Stage }) {
  const { width, height, view, money } = stage;
  const floor = height - PAD.bottom;
  return (
    <g className={css.axes} aria-hidden="true">
      {ticks(money, Math.max(3, height / 48)).map((dollars) => (
        <g key={dollars}>
          <line className={dollars === 0 ? css.zero : css.rule} x1={PAD.left} x2={width - PAD.right} y1={yOf(stage, dollars)} y2={yOf(stage, dollars)} />
          <text x={PAD.left - 6} y={yOf(stage, dollars) + 4} textAnchor="end">{axisMoney(dollars)}</text>
        </g>
      ))}
      {ticks(view, Math.max(2, (width - PAD.left) / 84)).map((price) => (
        <text key={price} x={xOf(stage, price)} y={floor + 16} textAnchor="middle">{strikeText(price)}</text>
      ))}
    </g>
  );
});
