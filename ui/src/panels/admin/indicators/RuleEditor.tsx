import { useState } from 'react';
import { Button } from '../../../kit/Button';
import { SelectField, TextField } from '../../../kit/Field';
import { CloseIcon } from '../../../kit/icons';
import type { Cadence } from '../../../wire';
import { day } from '../times';
import { adminWords, cadenceWords } from '../words';
import { type FieldErrors, type IndicatorDraft, isDate, withDate } from './draft';
import css from './IndicatorDialog.module.css';
import { indicatorWords } from './words';

const text = indicatorWords.form;
const CADENCES = (['manual', 'first_friday', 'weekly', 'nth_weekday', 'fixed_dates'] as const).map((value) => ({ value, text: cadenceWords[value] }));
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0].map((number) => ({ value: String(number), text: adminWords.days[number] ?? '' }));
const NTHS = indicatorWords.nths.map((nth, n) => ({ value: String(n + 1), text: nth }));
const HINTS: Record<Cadence, string | undefined> = { manual: text.manualHint, first_friday: text.fridayHint, weekly: text.weeklyHint, nth_weekday: undefined, fixed_dates: undefined };

export interface RuleEditorProps {
  draft: IndicatorDraft;
  errors: FieldErrors;
  onEdit: (change: Partial<IndicatorDraft>) => void;
}

/** On which days a release is due. */
export function RuleEditor({ draft, errors, onEdit }: RuleEditorProps) {
  const { cadence } = draft;
  const hasWeekday = cadence === 'weekly' || cadence === 'nth_weekday';
  return (
    <fieldset className={css.rule}>
      <legend>{text.rule}</legend>
      <SelectField label={text.cadence} hint={HINTS[cadence]} error={errors['cadence']} options={CADENCES} value={cadence} onChange={(value) => onEdit({ cadence: value as Cadence })} />
      {cadence === 'nth_weekday' && <SelectField label={text.nth} hint={text.nthHint} error={errors['rule_json.n']} options={NTHS} value={String(draft.nth)} onChange={(value) => onEdit({ nth: Number(value) })} />}
      {hasWeekday && <SelectField label={text.weekday} error={errors['rule_json.weekday']} options={WEEKDAYS} value={String(draft.weekday)} onChange={(value) => onEdit({ weekday: Number(value) })} />}
      {cadence === 'fixed_dates' && (
        <>
          <TextField label={text.ownTime} hint={text.ownTimeHint} error={errors['rule_json.time_et']} type="time" value={draft.ownTime} onChange={(ownTime) => onEdit({ ownTime })} />
          <Dates dates={draft.dates} error={errors['rule_json.dates']} onChange={(dates) => onEdit({ dates })} />
        </>
      )}
    </fieldset>
  );
}

function Dates({ dates, error, onChange }: { dates: string[]; error: string | undefined; onChange: (dates: string[]) => void }) {
  const [typed, setTyped] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const add = () => {
    setIsWrong(!isDate(typed));
    if (!isDate(typed)) return;
    onChange(withDate(dates, typed));
    setTyped('');
  };
  return (
    <div className={css.dates}>
      <div className={css.add}>
        <TextField
          label={text.addDate}
          error={isWrong ? indicatorWords.errors.date : error}
          type="date"
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setIsWrong(false);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            add();
          }}
        />
        <Button onClick={add}>{text.add}</Button>
      </div>
      {dates.length === 0 ? <p className={css.none}>{text.noDates}</p> : (
        <ul className={css.chips} aria-label={text.dates}>
          {dates.map((date) => (
            <li key={date}>
              <button type="button" aria-label={text.remove(date)} onClick={() => onChange(dates.filter((each) => each !== date))}>{day(date)} {date.slice(0, 4)}<CloseIcon size={10} /></button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
