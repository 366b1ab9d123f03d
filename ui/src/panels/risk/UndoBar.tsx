import { AttentionIcon, CloseIcon } from '../../kit/icons';
import { forgetRemoved, forgetRefusal, undoRemove, usePositions } from '../../kit/positions';
import css from './RiskPanel.module.css';
import { nameOf } from './facts';
import { riskWords } from './words';

/** What was deleted just now and can come back, and what could not be saved. */
export function UndoBar() {
  const removed = usePositions((held) => held.removed);
  const refusal = usePositions((held) => held.refusal);
  return (
    <div className={css.bars} role="status">
      {removed && (
        <p className={css.bar}>
          <span>{riskWords.undone(nameOf(removed.position))}</span>
          <button type="button" className={css.barButton} onClick={() => void undoRemove()}>{riskWords.undo}</button>
          <button type="button" className={css.barClose} aria-label={riskWords.dismiss} onClick={forgetRemoved}><CloseIcon /></button>
        </p>
      )}
      {refusal && (
        <p className={css.bar} data-refused>
          <AttentionIcon />
          <span>{riskWords.refused}: {refusal.message}</span>
          <button type="button" className={css.barClose} aria-label={riskWords.dismiss} onClick={forgetRefusal}><CloseIcon /></button>
        </p>
      )}
    </div>
  );
}
