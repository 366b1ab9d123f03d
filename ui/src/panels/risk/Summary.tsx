import { direction, money, price, signed } from '../../kit/format';
import { type Facts, rewardToRisk } from '../../kit/risk/picture';
import css from './RiskPanel.module.css';
import { signedMoney } from './facts';
import { riskWords } from './words';

const { summary } = riskWords;

/** All visible positions in numbers. */
export function Summary({ facts, isWhatIf }: { facts: Facts; isWhatIf: boolean }) {
  const r2r = rewardToRisk(facts);
  const limit = (value: number | null) => (value === null ? summary.undefined : signedMoney(value));
  const rows: [string, string][] = [
    [summary.maxProfit, limit(facts.maxProfit)],
    [summary.maxLoss, limit(facts.maxLoss)],
    [summary.r2r, r2r === null ? summary.undefined : price(r2r)],
    [summary.breakEvens, facts.breakEvens.length === 0 ? summary.none : facts.breakEvens.map(price).join(' · ')],
    [summary.delta, signed(facts.delta)],
    [summary.gamma, signed(facts.gamma)],
    [summary.theta, signedMoney(facts.theta)],
    [summary.vega, signedMoney(facts.vega)],
  ];
  return (
    <section className={css.summary} aria-label={summary.label} data-testid="risk-summary" data-what-if={isWhatIf || undefined}>
      <p className={css.pnl}>
        <span>{isWhatIf ? summary.pnlThen : summary.pnlNow}</span>
        <b className={css[direction(facts.pnl)]}>{signedMoney(facts.pnl)}</b>
        <small>{summary.worth(money(facts.value), money(facts.cost))}</small>
      </p>
      <dl className={css.facts}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {facts.isApproximate && <p className={css.about}>{summary.about}</p>}
    </section>
  );
}

