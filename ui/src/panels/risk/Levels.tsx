import { memo } from 'react';
import type { Backdrop } from './backdrop';
import css from './RiskChart.module.css';
import { PAD, type Stage, xOf } from './scale';
import { namesOf, tagsOf } from './tags';

const FIRST_ROW_PX = 10;
const ROW_PX = 11;

export interface LevelsProps {
  backdrop: Backdrop;
  stage: Stage;
  spot: number;
  /** The price of the what-if; null while there is none. */
  spotThen: number | null;
}

/** The price, the levels of gamma and the structures of volume: lines, and their names above. */
export const Levels = memo(function Levels({ backdrop, stage, spot, spotThen }: LevelsProps) {
  const { view, height } = stage;
  const floor = height - PAD.bottom;
  const isIn = (price: number) => price >= view[0] && price <= view[1];
  const nodes = backdrop.structures?.volume_nodes.filter(({ price }) => isIn(price)) ?? [];
  const tags = tagsOf(namesOf(backdrop, spot, view), stage);
  const topOf = (key: string) => {
    const row = tags.find((tag) => tag.key === key || tag.key.split(' ').includes(key))?.row;
    return row === undefined ? PAD.top : FIRST_ROW_PX + row * ROW_PX - 7;
  };
  return (
    <g aria-hidden="true" data-testid="risk-levels">
      {nodes.map(({ price }) => <line key={price} className={css.node} data-node={price} x1={xOf(stage, price)} x2={xOf(stage, price)} y1={topOf(`node ${price}`)} y2={floor} />)}
      {backdrop.levels.map(({ kind, price }) => (
        <line
          key={kind} className={css[kind]} data-level={kind} data-price={price} x1={xOf(stage, price)} x2={xOf(stage, price)} y1={topOf(kind)} y2={floor}
          visibility={isIn(price) ? undefined : 'hidden'}
        />
      ))}
      {spotThen !== null && isIn(spotThen) && <line className={css.spotThen} x1={xOf(stage, spotThen)} x2={xOf(stage, spotThen)} y1={PAD.top - 6} y2={floor} />}
      {isIn(spot) && <line className={css.spot} x1={xOf(stage, spot)} x2={xOf(stage, spot)} y1={topOf('spot')} y2={floor} />}
      {tags.map(({ key, x, row, anchor, text, beyond }) => (
        <text
          key={key} className={key === 'spot' ? css.spotText : key.startsWith('node') ? css.nodeText : css.levelText} data-testid={key === 'spot' ? 'spot-mark' : undefined}
          data-beyond={beyond ?? undefined} x={x} y={FIRST_ROW_PX + row * ROW_PX} textAnchor={anchor}
        >
          {text}
        </text>
      ))}
    </g>
  );
});
