import { controlLook } from '../../kit/Field';

/** A search that narrows what is below it while one types. */
export function SearchBox({ label, placeholder, value, onChange }: { label: string; placeholder?: string; value: string; onChange: (value: string) => void }) {
  return <input type="search" className={controlLook} aria-label={label} placeholder={placeholder} value={value} onChange={(event) => onChange(event.target.value)} autoComplete="off" spellCheck={false} />;
}
