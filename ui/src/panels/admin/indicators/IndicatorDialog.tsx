import { useEffect, useId, useRef, useState } from 'react';
import { sendJson } from '../../../api/client';
import { Button } from '../../../kit/Button';
import { Dialog } from '../../../kit/Dialog';
import { AreaField, Field, Switch, TextField } from '../../../kit/Field';
import type { Indicator } from '../../../wire';
import { Confirm } from '../Confirm';
import { Refusal } from '../Refusal';
import { fieldText, useSend } from '../useSend';
import { adminWords, tierWords } from '../words';
import { bodyOf, draftOf, errorsOf, type FieldErrors, type IndicatorDraft, tierOf } from './draft';
import css from './IndicatorDialog.module.css';
import { INDICATORS } from './paths';
import { RuleEditor } from './RuleEditor';
import { indicatorWords } from './words';

const text = indicatorWords.form;
/** Names of refused fields that have a place in the form. */
const FIELDS = new Set(['key', 'name', 'rating', 'description', 'release_time_et', 'aliases', 'cadence', 'rule_json.dates', 'rule_json.time_et', 'rule_json.weekday', 'rule_json.n']);

export interface IndicatorDialogProps {
  /** Null for a new one. */
  indicator: Indicator | null;
  onSaved: () => void;
  onClose: () => void;
}

/** Makes or changes an indicator. What is wrong is told at its field, whoever found it. */
export function IndicatorDialog({ indicator, onSaved, onClose }: IndicatorDialogProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState(() => draftOf(indicator));
  const [attempts, setAttempts] = useState(0);
  const { send, failure, blocked, isSending, forget } = useSend();
  const refused = fieldOf(failure);
  const errors: FieldErrors = { ...(attempts > 0 && errorsOf(draft)), ...(refused && failure && { [refused]: failure.code === 'conflict' ? indicatorWords.errors.taken : fieldText(failure.message) }) };
  const edit = (change: Partial<IndicatorDraft>) => {
    setDraft((held) => ({ ...held, ...change }));
    forget();
  };
  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [attempts]);

  const save = async () => {
    const isRight = Object.keys(errorsOf(draft)).length === 0;
    const isDone = isRight && await send(async () => {
      await (indicator ? sendJson('PUT', `${INDICATORS}/${indicator.id}`, bodyOf(draft, false)) : sendJson('POST', INDICATORS, bodyOf(draft, true)));
    });
    setAttempts((n) => n + 1);
    if (!isDone) return;
    onSaved();
    onClose();
  };

  const retire = async () => {
    if (!indicator || !(await send(async () => void (await sendJson('DELETE', `${INDICATORS}/${indicator.id}`))))) return;
    onSaved();
    onClose();
  };

  return (
    <Dialog
      title={indicator ? text.edit(indicator.name) : text.create}
      onClose={onClose}
      actions={
        <>
          {indicator?.is_active && (
            <div className={css.retire}>
              <Confirm label={text.retire} question={text.retireAsk(indicator.name)} yes={text.retireYes} no={text.retireNo} blocked={blocked} onYes={retire} />
            </div>
          )}
          <Button onClick={onClose}>{adminWords.cancel}</Button>
          <Button type="submit" form={id} look="primary" blocked={blocked}>{isSending ? adminWords.saving : adminWords.save}</Button>
        </>
      }
    >
      <form id={id} ref={form} className={css.form} noValidate onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}>
        <TextField label={text.key} hint={indicator ? text.keyFixed : text.keyHint} error={errors['key']} value={draft.key} onChange={(key) => edit({ key })} readOnly={indicator !== null} data-autofocus={indicator ? undefined : true} spellCheck={false} autoComplete="off" required />
        <TextField label={text.name} error={errors['name']} value={draft.name} onChange={(name) => edit({ name })} data-autofocus={indicator ? true : undefined} required />
        <Rating rating={draft.rating} error={errors['rating']} onChange={(rating) => edit({ rating })} />
        <TextField label={text.time} error={errors['release_time_et']} type="time" value={draft.time} onChange={(time) => edit({ time })} />
        <RuleEditor draft={draft} errors={errors} onEdit={edit} />
        <AreaField label={text.aliases} hint={text.aliasesHint} error={errors['aliases']} value={draft.aliases} onChange={(aliases) => edit({ aliases })} rows={2} className={css.wide} />
        <AreaField label={text.description} error={errors['description']} value={draft.description} onChange={(description) => edit({ description })} rows={3} className={css.wide} />
        <Switch label={text.active} isOn={draft.isActive} onChange={(isActive) => edit({ isActive })} />
        <div className={css.wide}><Refusal failure={refused ? null : failure} /></div>
      </form>
    </Dialog>
  );
}

function Rating({ rating, error, onChange }: { rating: number; error: string | undefined; onChange: (rating: number) => void }) {
  const tier = tierOf(rating);
  return (
    <Field label={text.rating} hint={text.ratingHint} error={error}>
      {(wiring) => (
        <span className={css.rating}>
          <input {...wiring} type="range" min={1} max={10} step={1} value={rating} aria-valuetext={text.ratingSays(rating, tierWords[tier])} onChange={(event) => onChange(Number(event.target.value))} />
          <output data-tier={tier} htmlFor={wiring.id}>{text.ratingSays(rating, tierWords[tier])}</output>
        </span>
      )}
    </Field>
  );
}

/** The field of the form that a refusal is about; null when it is about none of them. */
function fieldOf(failure: { code: string; field: string | null } | null): string | null {
  if (failure?.code === 'conflict') return 'key';
  return failure?.field && FIELDS.has(failure.field) ? failure.field : null;
}
