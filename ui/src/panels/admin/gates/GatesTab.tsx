import { useState } from 'react';
import { sendJson } from '../../../api/client';
import { Button } from '../../../kit/Button';
import { Panel } from '../../../kit/Panel';
import { Segmented } from '../../../kit/Segmented';
import { Switch } from '../../../kit/Field';
import { userMoment } from '../../../kit/format';
import { useSession } from '../../../live/session';
import type { Gates } from '../../../wire';
import { useAsked } from '../useAsked';
import { useSend } from '../useSend';
import { adminWords } from '../words';
import { changes, type Draft, EXEMPT_TIERS, faults, GATED_TIERS, isAdmitted, NO_DRAFT, patchOf, withAdmission, withMode } from './gates';
import css from './GatesTab.module.css';
import { Matrix } from './Matrix';
import { SaveDialog } from './SaveDialog';
import { gateWords as text } from './words';

const PATH = '/api/admin/tier-gates';
/** The button that opened the dialog has nothing left to do: the focus goes on to what became of it. */
const focus = (element: HTMLElement | null) => element?.focus();

/** Which tiers are admitted, and what each may use. Nothing is written before it was seen as a list of changes. */
export function GatesTab() {
  const gates = useAsked<Gates>({ path: PATH, occasion: useSession((session) => session.gates?.updated_at) });
  const [draft, setDraft] = useState<Draft>(NO_DRAFT);
  const [isAsking, setIsAsking] = useState(false);
  const [isSaved, setIsSaved] = useState(false);
  const sender = useSend();
  const { value } = gates;
  const list = value ? changes(value, draft) : [];
  const isTouched = list.length > 0 || faults(draft).size > 0;
  const edit = (next: Draft) => {
    setDraft(next);
    setIsSaved(false);
  };
  const save = async () => {
    if (!value) return;
    const isDone = await sender.send(async () => gates.put(await sendJson<Gates>('PUT', PATH, patchOf(value, draft))));
    if (!isDone) return;
    setDraft(NO_DRAFT);
    setIsAsking(false);
    setIsSaved(true);
  };

  return (
    <>
      <Panel
        title={text.title}
        state={gates.state}
        asOf={gates.ts}
        empty={text.empty}
        onRetry={gates.reload}
        className={css.panel}
        note={value?.updated_at && <span className={css.note}>{text.changed(userMoment(value.updated_at))}</span>}
        actions={
          <>
            <Button look="quiet" blocked={isTouched ? undefined : text.noChanges} title={text.resetHint} onClick={() => edit(NO_DRAFT)}>{text.reset}</Button>
            <Button look="primary" blocked={reasonAgainst(list.length, draft) ?? sender.blocked} onClick={() => setIsAsking(true)}>{text.review(list.length)}</Button>
          </>
        }
      >
        {value && (
          <div className={css.body}>
            <p role="status" tabIndex={-1} ref={isSaved ? focus : undefined} className={isSaved ? css.saved : 'sr-only'}>{isSaved && text.saved}</p>
            <Admission gates={value} draft={draft} onEdit={edit} />
            <Mode gates={value} draft={draft} onEdit={edit} />
            <Matrix gates={value} draft={draft} onEdit={edit} />
          </div>
        )}
      </Panel>
      {isAsking && (
        <SaveDialog
          list={list}
          sender={sender}
          onSave={() => void save()}
          onClose={() => {
            setIsAsking(false);
            sender.forget();
          }}
          onReload={gates.reload}
        />
      )}
    </>
  );
}

function reasonAgainst(count: number, draft: Draft): string | undefined {
  if (faults(draft).size > 0) return text.faulty;
  return count === 0 ? text.noChanges : undefined;
}

interface Editing {
  gates: Gates;
  draft: Draft;
  onEdit: (draft: Draft) => void;
}

function Admission({ gates, draft, onEdit }: Editing) {
  return (
    <section role="group" aria-label={text.admission}>
      <h3 className={css.sub}>{text.admission}</h3>
      <ul className={css.tiers}>
        {GATED_TIERS.map((tier) => {
          const isOn = isAdmitted(gates, draft, tier);
          return (
            <li key={tier} data-changed={draft.admission[tier] !== undefined || undefined}>
              <Switch label={adminWords.tiers[tier]} isOn={isOn} onChange={(next) => onEdit(withAdmission(gates, draft, tier, next))} />
              <span className={css.word}>{isOn ? text.on : text.off}</span>
            </li>
          );
        })}
        {EXEMPT_TIERS.map((tier) => (
          <li key={tier}>
            <Switch label={adminWords.tiers[tier]} isOn onChange={() => {}} blocked={text.alwaysHint} />
            <span className={css.word}>{text.always}</span>
          </li>
        ))}
      </ul>
      <p className={css.hint}>{text.admissionHint}</p>
    </section>
  );
}

const MODES = [{ value: 'full_production' as const, text: text.modes.full_production }, { value: 'tier_gated' as const, text: text.modes.tier_gated }];

function Mode({ gates, draft, onEdit }: Editing) {
  const mode = draft.mode ?? gates.mode;
  return (
    <section>
      <h3 className={css.sub}>{text.mode}</h3>
      <Segmented label={text.mode} options={MODES} value={mode} onChange={(next) => onEdit(withMode(gates, draft, next))} />
      <p className={css.hint}>{text.modeHints[mode]}</p>
    </section>
  );
}
