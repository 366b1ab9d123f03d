import { useState } from 'react';
import { ticker, userTime } from '../../kit/format';
import css from './LogPanel.module.css';
import type { Entry, Fold } from './entries';
import { logWords } from './words';

/** What happened, once or more often. The count opens the single times. */
export function Line({ fold }: { fold: Fold }) {
  const [isOpen, setOpen] = useState(false);
  const { all } = fold;
  return (
    <li className={css.line} data-weight={fold.weight} data-id={fold.id} data-ids={all.map(({ id }) => id).join(' ')}>
      <Time entry={fold} />
      <span className={css.mark} aria-hidden="true" />
      <span className={css.subject}>{ticker(fold.subject)}</span>
      <span className={css.text}>
        {fold.text}
        {fold.detail && <span className={css.detail}> {fold.detail}</span>}
      </span>
      {all.length > 1 && (
        <button
          type="button" className={css.count} aria-expanded={isOpen} aria-label={logWords.fold(all.length, `${ticker(fold.subject)} ${fold.text}`)}
          title={logWords.since(userTime(all.at(-1)?.ts))} onClick={() => setOpen(!isOpen)}
        >
          {logWords.times(all.length)}
        </button>
      )}
      {isOpen && (
        <ol className={css.repeats}>
          {all.map((entry) => <li key={entry.id}><Time entry={entry} />{entry.detail && <span className={css.detail}> {entry.detail}</span>}</li>)}
        </ol>
      )}
    </li>
  );
}

function Time({ entry: { ts } }: { entry: Entry }) {
  return <time className={css.time} dateTime={new Date(ts * 1000).toISOString()}>{userTime(ts)}</time>;
}
