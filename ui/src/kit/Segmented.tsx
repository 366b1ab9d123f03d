import css from './Segmented.module.css';

export interface SegmentedProps<T extends string> {
  label: string;
  options: readonly { value: T; text: string }[];
  /** May be none of the options. */
  value: T | null;
  onChange: (value: T) => void;
  /** Why nothing can be chosen now; undefined means something can. */
  blocked?: string | undefined;
}

/** A choice of few, one of them taken. */
export function Segmented<T extends string>({ label, options, value, onChange, blocked }: SegmentedProps<T>) {
  return (
    <div className={css.group} title={blocked} role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" className={css.option} aria-pressed={option.value === value} disabled={blocked !== undefined} onClick={() => onChange(option.value)}>
          {option.text}
        </button>
      ))}
    </div>
  );
}
