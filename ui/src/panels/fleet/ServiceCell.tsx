import clsx from 'clsx';
import { age, wholeAge } from '../../kit/format';
import { alertText, words } from '../../kit/words';
import { serverNow } from '../../live/line';
import { useLine, useWatch } from '../../live/stores';
import type { FleetService } from '../../wire';
import { beatAge, beatShare, condition } from './beat';
import css from './ServiceCell.module.css';

/** One service. Its age runs on between frames; the dot pulses at each beat. */
export function ServiceCell({ id }: { id: string }) {
  const service = useWatch((watch) => watch.fleet?.services.find((each) => each.id === id));
  const beats = useWatch((watch) => watch.pulses[id]?.count ?? 0);
  const ts = useWatch((watch) => watch.fleet?.ts ?? 0);
  const ageSec = useLine((line) => (service ? beatAge(service, ts, serverNow(line)) : null));
  if (!service) return null;
  const health = condition(service);
  return (
    <article className={css.cell} data-testid="service" data-service={id} data-status={service.status} aria-label={id}>
      <header className={css.head}>
        <span className={css.dot} aria-hidden="true">{beats > 0 && <span key={beats} className={css.pulse} />}</span>
        <h3 className={css.id}>{id}</h3>
        <span className={css.status}>{words.fleet.status[service.status]}</span>
      </header>
      <p className={css.beat} title={`${words.fleet.beat}, ${words.fleet.every(service.hb_interval_sec)}`}>
        <span className={css.age} data-testid="beat-age">{ageSec === null ? words.fleet.noBeat : age(ageSec)}</span>
        <span className={css.meter} aria-hidden="true"><span key={beats} style={{ transform: `scaleX(${beatShare(ageSec, service.hb_interval_sec)})` }} /></span>
        <span className={clsx(css.health, health.isBad && css.attention)} data-testid="health">{health.text}</span>
      </p>
      <LastAlert service={service} />
    </article>
  );
}

function LastAlert({ service: { last_alert: alert } }: { service: FleetService }) {
  const ago = useLine((line) => (alert ? wholeAge(serverNow(line) - alert.ts) : null));
  if (!alert || ago === null) return <p className={css.alert}>{words.fleet.noAlert}</p>;
  return (
    <p className={css.alert} data-testid="last-alert" title={`${words.fleet.lastAlert}: ${alertText(alert.type)}`}>
      {alertText(alert.type)} · {words.fleet.ago(ago)}
    </p>
  );
}
