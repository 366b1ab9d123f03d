import type { Backdrop } from './backdrop';
import css from './RiskChart.module.css';
import { riskWords } from './words';

/** What the lines and what lies behind them mean. */
export function RiskKey({ backdrop, isWhatIf }: { backdrop: Backdrop; isWhatIf: boolean }) {
  const { key } = riskWords;
  return (
    <ul className={css.key} data-testid="risk-key" aria-label={key.label}>
      <li><i className={css.keyExpiry} aria-hidden="true" />{riskWords.expiry}</li>
      <li data-what-if={isWhatIf || undefined}><i className={css.keyNow} aria-hidden="true" />{isWhatIf ? riskWords.whatIfLine : riskWords.now}</li>
      {backdrop.gamma.length > 0 && (
        <li>
          <i className={css.keyGammaUp} aria-hidden="true" /><i className={css.keyGammaDown} aria-hidden="true" />{key.gamma}
        </li>
      )}
      {backdrop.profile && <li><i className={css.keyVolume} aria-hidden="true" />{key.volume}</li>}
    </ul>
  );
}
