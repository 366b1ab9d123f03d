import { Dialog } from '../../kit/Dialog';
import { closeHelp, useHelp } from '../../kit/help';
import { KEYS } from '../../kit/keys';
import { words } from '../../kit/words';
import css from './HelpDialog.module.css';

/** Every key of the page. */
export function HelpDialog() {
  const isOpen = useHelp((help) => help.isOpen);
  if (!isOpen) return null;
  return (
    <Dialog title={words.account.keys} onClose={closeHelp} isWide>
      <div className={css.sections}>
        {KEYS.map(({ section, lines }) => (
          <section key={section} className={css.section}>
            <h3 className={css.title}>{section}</h3>
            <dl>
              {lines.map(([keys, does]) => (
                <div key={does} className={css.line}>
                  <dt>{keys.map((key) => <kbd key={key} className={css.key}>{key}</kbd>)}</dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
