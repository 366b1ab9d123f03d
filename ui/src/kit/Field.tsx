import clsx from 'clsx';
import { type ComponentProps, type ReactNode, useId } from 'react';
import css from './Field.module.css';

/** What ties a control to its label, its hint and its error. */
export interface Wiring {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

export interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value; nothing when it is right. */
  error?: string | null | undefined;
  className?: string | undefined;
}

/** A label, a control, a word of help, and what is wrong. */
export function Field({ label, hint, error, className, children }: FieldProps & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className={clsx(css.field, className)}>
      <label className={css.label} htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && <p className={css.error} id={`${id}-error`}>{error}</p>}
      {hint && <p className={css.hint} id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

type Of<K extends 'input' | 'select' | 'textarea'> = FieldProps & Omit<ComponentProps<K>, 'onChange' | 'value' | 'className' | 'id'> & {
  value: string;
  onChange: (value: string) => void;
};

/** One line, a date, a time, a number: whatever `type` says, as text. */
export function TextField({ label, hint, error, className, onChange, ...rest }: Of<'input'>) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(wiring) => <input {...rest} {...wiring} className={css.control} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

export function AreaField({ label, hint, error, className, onChange, ...rest }: Of<'textarea'>) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(wiring) => <textarea {...rest} {...wiring} className={css.control} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

export function SelectField({ label, hint, error, className, onChange, options, ...rest }: Of<'select'> & { options: readonly { value: string; text: string }[] }) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(wiring) => (
        <select {...rest} {...wiring} className={css.control} onChange={(event) => onChange(event.target.value)}>
          {options.map(({ value, text }) => <option key={value} value={value}>{text}</option>)}
        </select>
      )}
    </Field>
  );
}

export interface SwitchProps {
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  /** Why it cannot be turned now; undefined means it can. */
  blocked?: string | undefined;
}

/** On or off, at once. */
export function Switch({ label, isOn, onChange, blocked }: SwitchProps) {
  return (
    <button type="button" role="switch" aria-checked={isOn} className={css.switch} disabled={blocked !== undefined} title={blocked} onClick={() => onChange(!isOn)}>
      <span className={css.track} aria-hidden="true" />
      {label}
    </button>
  );
}

/** The look of a control for those that bring their own. */
export const controlLook = css.control;
