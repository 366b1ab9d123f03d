import { Button } from '../../kit/Button';
import { distance, percentOf, price, score, strike } from '../../kit/format';
import { wingsOf } from '../../kit/risk/fly';
import css from './RiskPanel.module.css';
import type { PricedFly } from './input';
import type { FlyFocus } from './useFly';
import { riskWords } from './words';

const { fly: words } = riskWords;

/** `6,370 / 6,400 / 6,430` */
export function strikesText({ fly }: Pick<PricedFly, 'fly'>): string {
  const { lower, upper } = wingsOf(fly);
  return [lower, fly.body, upper].map(strike).join(' / ');
}

export interface FlyCardProps {
  focus: FlyFocus;
  spot: number | null;
  /** Points of one expected move to the expiration. */
  move: number | null;
  r2r: number | null;
  blocked?: string | undefined;
}

/** The butterfly that is moved: what it is, what it costs, and what its neighbours cost. */
export function FlyCard({ focus, spot, move, r2r, blocked }: FlyCardProps) {
  const { now, live, isMoved, neighbours, keep, restore } = focus;
  const { fly, cost, by } = now;
  const far = spot === null ? null : fly.body - spot;
  const facts: [string, string][] = [
    [cost < 0 ? words.credit : words.debit, price(Math.abs(cost))],
    ...(isMoved ? [] : [[words.live, price(live)] as [string, string]]),
    [words.width, fly.broken === 0 ? strike(fly.width) : `${strike(fly.width)} + ${strike(Math.abs(fly.broken))}`],
    [cost < 0 ? words.creditShare : words.share, percentOf(Math.abs(cost) / fly.width)],
    [words.r2r, r2r === null ? riskWords.summary.undefined : price(r2r)],
    [words.fromSpot, `${distance(far)}${far !== null && move ? ` · ${inMoves(far, move)}` : ''}`],
  ];
  return (
    <section className={css.fly} aria-label={words.title} data-testid="fly-card" data-moved={isMoved || undefined}>
      <p className={css.flyHead}>
        <b>{strikesText(now)}</b>
        {fly.broken !== 0 && <span className={css.tag}>{words.broken}</span>}
        <span className={css.by}>{words.sources[by]}</span>
      </p>
      <dl className={css.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={css.neighbours} role="group" aria-label={words.neighbours}>
        {neighbours.map(({ move: way, priced }) => (
          <button key={way} type="button" className={css.neighbour} data-way={way} disabled={!priced} onClick={() => focus.move(way)} title={priced ? words.sources[priced.by] : undefined}>
            <span>{words.moves[way]}</span>
            <b>{price(priced?.cost)}</b>
          </button>
        ))}
      </div>
      <div className={css.flyFoot}>
        {isMoved && <span className={css.unsaved}>{words.unsaved}</span>}
        <Button look="primary" title={words.keepHint} blocked={blocked ?? (isMoved ? undefined : words.sources.own)} onClick={keep}>{words.keep}</Button>
        <Button title={words.restoreHint} blocked={isMoved ? undefined : words.sources.own} onClick={restore}>{words.restore}</Button>
      </div>
    </section>
  );
}

function inMoves(points: number, move: number): string {
  return riskWords.fly.em(score(Math.abs(points) / move));
}
