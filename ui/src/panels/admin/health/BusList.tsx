import type { Diagnostics } from '../../../wire';
import css from './HealthTab.module.css';
import { healthWords as text } from './words';

/** Whether what the gateway leans on answers, and how fast. */
export function BusList({ buses, database }: Pick<Diagnostics, 'buses' | 'database'>) {
  return (
    <ul className={css.list}>
      {Object.entries(buses).map(([role, { connected, latency_ms: latencyMs }]) => (
        <li key={role}>
          <span className={css.name}>{text.bus(role)}</span>
          <Word isGood={connected} />
          <span className={css.note}>{latencyMs !== null && text.latency(latencyMs.toFixed(2))}</span>
        </li>
      ))}
      <li>
        <span className={css.name}>{text.database}</span>
        {database.configured ? <Word isGood={database.connected} /> : <span className={css.status} data-status="stopped">{text.notConfigured}</span>}
      </li>
    </ul>
  );
}

function Word({ isGood }: { isGood: boolean }) {
  return <span className={css.status} data-status={isGood ? 'alive' : 'dead'}>{isGood ? text.connected : text.away}</span>;
}
