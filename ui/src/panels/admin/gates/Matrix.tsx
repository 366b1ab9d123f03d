import clsx from 'clsx';
import { useId, useState } from 'react';
import type { Gates } from '../../../wire';
import { controlLook } from '../../../kit/Field';
import { Segmented } from '../../../kit/Segmented';
import { type Draft, type Feature, FEATURES, featureLabel, GATED_TIERS, inheritedText, isFaulty, type Scope, scopeLabel, shownSetting, stored, typed, valueText, withSetting } from './gates';
import css from './Matrix.module.css';
import { gateWords as text } from './words';

const SCOPES: readonly Scope[] = ['defaults', ...GATED_TIERS];
const CHOICES = SCOPES.map((value) => ({ value, text: scopeLabel(value) }));

interface Editing {
  gates: Gates;
  draft: Draft;
  onEdit: (draft: Draft) => void;
}

/** Every feature against every tier that can be held back. */
export function Matrix({ gates, draft, onEdit }: Editing) {
  const mode = draft.mode ?? gates.mode;
  const [seen, setSeen] = useState<Scope>('defaults');
  const place = (scope: Scope) => ({ 'data-of': scope, 'data-seen': scope === seen || undefined });
  return (
    <section>
      <h3 className={css.head}>{text.matrix}</h3>
      <p className={css.hint}>{text.matrixHint}</p>
      <div className={css.choice}><Segmented label={text.shown} options={CHOICES} value={seen} onChange={setSeen} /></div>
      <table className={clsx(css.table, mode === 'full_production' && css.resting)}>
        <caption className="sr-only">{text.matrix}</caption>
        <thead>
          <tr>
            <th scope="col">{text.feature}</th>
            {SCOPES.map((scope) => <th key={scope} scope="col" {...place(scope)}>{scopeLabel(scope)}</th>)}
          </tr>
        </thead>
        <tbody>
          {FEATURES.map((feature) => (
            <tr key={feature.key}>
              <th scope="row">{featureLabel(gates, feature.key)}</th>
              {SCOPES.map((scope) => <td key={scope} {...place(scope)}><Setting scope={scope} feature={feature} gates={gates} draft={draft} onEdit={onEdit} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** How much a setting says: nothing of its own, that it is closed, or something else. */
function said({ kind }: Feature, value: string): 'nothing' | 'closed' | 'something' {
  if (value === '') return 'nothing';
  return value === (kind === 'boolean' ? 'false' : '0') ? 'closed' : 'something';
}

function Setting({ scope, feature, gates, draft, onEdit }: Editing & { scope: Scope; feature: Feature }) {
  const id = useId();
  const value = shownSetting(gates, draft, scope, feature.key);
  const isBad = isFaulty(draft, scope, feature.key);
  const none = scope === 'defaults' ? text.unset(valueText(feature.kind, null)) : text.inherited(inheritedText(gates, draft, feature));
  const shared = {
    'aria-label': text.cell(featureLabel(gates, feature.key), scopeLabel(scope)),
    className: clsx(controlLook, css.control),
    'data-says': said(feature, value),
    'data-changed': value !== typed(stored(gates, scope, feature.key)) || undefined,
    value,
  };
  const edit = (next: string) => onEdit(withSetting(gates, draft, scope, feature, next));
  if (feature.kind === 'boolean') {
    return (
      <select {...shared} onChange={(event) => edit(event.target.value)}>
        <option value="">{none}</option>
        <option value="true">{text.open}</option>
        <option value="false">{text.closed}</option>
      </select>
    );
  }
  return (
    <>
      <input {...shared} inputMode="numeric" placeholder={none} title={text.inheritHint} aria-invalid={isBad || undefined} aria-describedby={isBad ? id : undefined} onChange={(event) => edit(event.target.value)} />
      {isBad && <p id={id} className={css.error}>{text.notWhole}</p>}
    </>
  );
}
