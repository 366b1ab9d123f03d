import { Button } from '../../kit/Button';
import { SelectField, TextField } from '../../kit/Field';
import { PlusIcon, TrashIcon } from '../../kit/icons';
import css from './Editor.module.css';
import { type Form, legOf, type LegText, legText } from './draft';
import { riskWords } from './words';

const { editor: words } = riskWords;
const RIGHTS = (['call', 'put'] as const).map((value) => ({ value, text: words.rights[value] }));
const LEGS_MAX = 8;

/** The legs one by one; bought ones are positive. */
export function LegRows({ form, isWrong, onChange }: { form: Form; isWrong: boolean; onChange: (part: Partial<Form>) => void }) {
  const set = (key: number, part: Partial<LegText>) => onChange({ legs: form.legs.map((leg) => (leg.key === key ? { ...leg, ...part } : leg)) });
  const last = form.legs.at(-1);
  const add = () => onChange({ legs: [...form.legs, legText({ quantity: 1, strike: Number(last?.strike) || 0, right: last?.right ?? 'call', expiration: last?.expiration ?? form.expiration })] });
  return (
    <div className={css.legs}>
      {form.legs.map((leg, n) => (
        <fieldset key={leg.key} className={css.leg} data-wrong={(isWrong && legOf(leg) === null) || undefined}>
          <legend className="sr-only">{words.leg(n + 1)}</legend>
          <TextField label={words.quantity} value={leg.quantity} inputMode="text" onChange={(quantity) => set(leg.key, { quantity })} />
          <SelectField label={words.right} value={leg.right} options={RIGHTS} onChange={(right) => set(leg.key, { right: right === 'put' ? 'put' : 'call' })} />
          <TextField label={words.strike} value={leg.strike} inputMode="decimal" onChange={(strike) => set(leg.key, { strike })} />
          <TextField label={words.expiration} type="date" value={leg.expiration} onChange={(expiration) => set(leg.key, { expiration })} />
          <button type="button" className={css.remove} aria-label={`${words.removeLeg} ${n + 1}`} title={words.removeLeg} onClick={() => onChange({ legs: form.legs.filter((each) => each.key !== leg.key) })}>
            <TrashIcon />
          </button>
        </fieldset>
      ))}
      {isWrong && <p className={css.wrong} role="alert">{words.errors.legs}: {words.errors.quantity.toLowerCase()}; {words.errors.strike.toLowerCase()}; {words.errors.expiration.toLowerCase()}.</p>}
      <Button onClick={add} blocked={form.legs.length >= LEGS_MAX ? words.errors.legs : undefined}><PlusIcon />{words.addLeg}</Button>
    </div>
  );
}
