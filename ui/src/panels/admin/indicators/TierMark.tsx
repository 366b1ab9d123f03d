import { tierWords } from '../words';
import { tierOf } from './draft';
import css from './TierMark.module.css';

/** A rating and what it means. */
export function TierMark({ rating }: { rating: number }) {
  const tier = tierOf(rating);
  return <span className={css.mark} data-tier={tier}><b>{rating}</b> {tierWords[tier]}</span>;
}
