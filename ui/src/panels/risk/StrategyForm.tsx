import { SelectField, TextField } from '../../kit/Field';
import css from './Editor.module.css';
import { type Faults, type Form, needsRight, needsWidth, type Pick5, PICKS } from './draft';
import { riskWords } from './words';

const { editor: words } = riskWords;
const STRUCTURES = PICKS.map((value) => ({ value, text: riskWords.structures[value] }));
const DIRECTIONS = (['long', 'short'] as const).map((value) => ({ value, text: words.directions[value] }));
const RIGHTS = (['call', 'put'] as const).map((value) => ({ value, text: words.rights[value] }));

export interface StrategyFormProps {
  form: Form;
  faults: Faults;
  /** Expirations of the chain; none lets any date be typed. */
  dates: readonly string[];
  onChange: (part: Partial<Form>) => void;
}

/** A structure by its strike and width. */
export function StrategyForm({ form, faults, dates, onChange }: StrategyFormProps) {
  const error = (field: 'strike' | 'width' | 'quantity' | 'expiration') => (faults[field] ? words.errors[field] : null);
  const known = dates.includes(form.expiration) || form.expiration === '' ? dates : [form.expiration, ...dates];
  return (
    <div className={css.grid}>
      <SelectField label={words.structure} value={form.pick} options={STRUCTURES} onChange={(pick) => onChange({ pick: pick as Pick5 })} />
      <SelectField label={words.direction} value={form.direction} options={DIRECTIONS} onChange={(direction) => onChange({ direction: direction === 'short' ? 'short' : 'long' })} />
      {needsRight(form.pick) && <SelectField label={words.right} value={form.right} options={RIGHTS} onChange={(right) => onChange({ right: right === 'put' ? 'put' : 'call' })} />}
      <TextField label={words.strike} error={error('strike')} value={form.strike} inputMode="decimal" data-autofocus onChange={(strike) => onChange({ strike })} />
      {needsWidth(form.pick) && <TextField label={words.width} error={error('width')} value={form.width} inputMode="decimal" onChange={(width) => onChange({ width })} />}
      {dates.length > 0
        ? <SelectField label={words.expiration} error={error('expiration')} value={form.expiration} options={known.map((value) => ({ value, text: value }))} onChange={(expiration) => onChange({ expiration })} />
        : <TextField label={words.expiration} error={error('expiration')} type="date" value={form.expiration} onChange={(expiration) => onChange({ expiration })} />}
      <TextField label={words.quantity} error={error('quantity')} value={form.quantity} inputMode="numeric" onChange={(quantity) => onChange({ quantity })} />
    </div>
  );
}
