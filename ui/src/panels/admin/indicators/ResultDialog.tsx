import { useId, useState } from 'react';
import { sendJson } from '../../../api/client';
import { Button } from '../../../kit/Button';
import { Dialog } from '../../../kit/Dialog';
import { SelectField, TextField } from '../../../kit/Field';
import { sorted } from '../../../kit/sort';
import { serverNow } from '../../../live/line';
import { useLine } from '../../../live/stores';
import type { Answer, Indicator, Release } from '../../../wire';
import { Refusal } from '../Refusal';
import { newYorkDate } from '../times';
import { fieldText, useSend } from '../useSend';
import { adminWords, verdictWords } from '../words';
import { isDate } from './draft';
import css from './IndicatorDialog.module.css';
import { INDICATORS } from './paths';
import { indicatorWords } from './words';

const text = indicatorWords.result;
const wrong = indicatorWords.errors;
const FIELDS = ['date', 'key', 'actual', 'expected'];

/** Enters what a release brought; how it compares is the gateway's to say. */
export function ResultDialog({ indicators, onSaved, onClose }: { indicators: Indicator[]; onSaved: () => void; onClose: () => void }) {
  const id = useId();
  const [draft, setDraft] = useState(() => ({ key: '', date: newYorkDate(serverNow({ ...useLine.getState(), nowMs: Date.now() }) * 1000), actual: '', expected: '' }));
  const [isTried, setIsTried] = useState(false);
  const [saved, setSaved] = useState<Release | null>(null);
  const { send, failure, blocked, isSending, forget } = useSend();
  const active = sorted(indicators.filter((each) => each.is_active), (each) => each.name, false);
  const mine = {
    key: draft.key === '' ? wrong.indicator : null,
    date: isDate(draft.date) ? null : wrong.date,
    actual: draft.actual.trim() === '' || draft.actual.trim().length > 32 ? wrong.actual : null,
    expected: draft.expected.trim().length > 32 ? wrong.actual : null,
  };
  const isRefusedAt = (field: string) => failure?.field === field;
  const error = (field: keyof typeof mine) => (isTried && mine[field]) || (failure && isRefusedAt(field) ? fieldText(failure.message) : null);
  const edit = (change: Partial<typeof draft>) => {
    setDraft({ ...draft, ...change });
    setSaved(null);
    forget();
  };
  const save = async () => {
    setIsTried(true);
    if (Object.values(mine).some(Boolean)) return;
    const isDone = await send(async () => {
      const body = { ...draft, actual: draft.actual.trim(), expected: draft.expected.trim() || null };
      setSaved((await sendJson<Answer<Release>>('POST', `${INDICATORS}/result`, body)).data);
    });
    if (isDone) onSaved();
  };
  const name = indicators.find((each) => each.key === saved?.key)?.name ?? saved?.key ?? '';

  return (
    <Dialog
      title={text.title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{saved ? adminWords.close : adminWords.cancel}</Button>
          <Button type="submit" form={id} look="primary" blocked={blocked}>{isSending ? adminWords.saving : text.save}</Button>
        </>
      }
    >
      <form id={id} className={css.form} noValidate onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}>
        <SelectField
          label={text.indicator}
          error={error('key')}
          value={draft.key}
          onChange={(key) => edit({ key })}
          options={[{ value: '', text: text.choose }, ...active.map((each) => ({ value: each.key, text: each.name }))]}
        />
        <TextField label={text.date} error={error('date')} type="date" value={draft.date} onChange={(date) => edit({ date })} />
        <TextField label={text.actual} error={error('actual')} value={draft.actual} onChange={(actual) => edit({ actual })} autoComplete="off" />
        <TextField label={text.expected} hint={text.expectedHint} error={error('expected')} value={draft.expected} onChange={(expected) => edit({ expected })} autoComplete="off" />
        <div className={css.wide}>
          <p role="status">{saved && text.saved(name, saved.actual, verdictWords[saved.status])}</p>
          <Refusal failure={failure && !FIELDS.some(isRefusedAt) ? failure : null} />
        </div>
      </form>
    </Dialog>
  );
}
