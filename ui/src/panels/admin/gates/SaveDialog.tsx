import { Button } from '../../../kit/Button';
import { Dialog } from '../../../kit/Dialog';
import { Refusal } from '../Refusal';
import type { Sender } from '../useSend';
import { adminWords } from '../words';
import type { GateChange } from './gates';
import css from './GatesTab.module.css';
import { gateWords as text } from './words';

export interface SaveDialogProps {
  list: GateChange[];
  sender: Sender;
  onSave: () => void;
  onClose: () => void;
  onReload: () => void;
}

/** What would be written, line by line, before it is. */
export function SaveDialog({ list, sender, onSave, onClose, onReload }: SaveDialogProps) {
  const isBehind = sender.failure?.code === 'conflict';
  return (
    <Dialog
      title={text.dialog}
      onClose={onClose}
      actions={
        <>
          <Button data-autofocus onClick={onClose}>{adminWords.cancel}</Button>
          {isBehind && <Button onClick={onReload}>{adminWords.reload}</Button>}
          <Button look="primary" blocked={sender.blocked ?? (list.length === 0 ? text.noChanges : undefined)} onClick={onSave}>{sender.isSending ? adminWords.saving : adminWords.save}</Button>
        </>
      }
    >
      <p>{text.dialogHint}</p>
      <div className={css.diff} role="region" aria-label={text.diff} tabIndex={0}>
        <ul>
          {list.map(({ id, what, before, after }) => (
            <li key={id}>
              <span className={css.what}>{what}</span>
              <span className={css.values}><del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins></span>
            </li>
          ))}
        </ul>
      </div>
      <Refusal failure={sender.failure} />
    </Dialog>
  );
}
