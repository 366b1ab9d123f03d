import type { CSSProperties } from 'react';
import { share } from '../../kit/format';
import { words } from '../../kit/words';
import type { GravityContext } from '../../wire';
import css from './Stats.module.css';

interface StatProps {
  name: string;
  hint: string;
  /** 0 to 1; null and undefined are unknown. */
  value: number | null | undefined;
}

function Stat({ name, hint, value }: StatProps) {
  return (
    <div className={css.stat} title={hint} data-stat={name}>
      <dt className={css.name}>{name}</dt>
      <dd className={css.value}>{share(value)}</dd>
      <dd className={css.track} aria-hidden="true">
        {typeof value === 'number' && <i style={{ '--long': `${100 * Math.min(1, Math.max(0, value))}%` } as CSSProperties} />}
      </dd>
    </div>
  );
}

/** How much the market remembers of its volume, and whether gamma lies there too. */
export function Stats({ context }: { context: GravityContext | undefined }) {
  const { gravity } = words;
  return (
    <dl className={css.stats}>
      <Stat name={gravity.memory} hint={gravity.memoryHint} value={context?.market_memory_strength} />
      <Stat name={gravity.alignment} hint={gravity.alignmentHint} value={context?.gamma_alignment} />
    </dl>
  );
}
