import type { ApiError } from '../../api/client';
import { AttentionIcon } from '../../kit/icons';
import css from './Refusal.module.css';
import { adminWords } from './words';

/** Why a change was not made. */
export function Refusal({ failure }: { failure: ApiError | null }) {
  return (
    <div role="alert" className={failure ? css.refusal : undefined}>
      {failure && (
        <>
          <AttentionIcon size={16} />
          <p>{failure.message} <span className={css.codes}>{adminWords.failed(failure.code, failure.requestId)}</span></p>
        </>
      )}
    </div>
  );
}
