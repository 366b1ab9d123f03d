import { age, wholeAge } from '../../../kit/format';
import { Panel } from '../../../kit/Panel';
import { type Column, Table, useSorted } from '../../../kit/Table';
import { alertText, words } from '../../../kit/words';
import { STALE_AFTER_SEC } from '../../../live/freshness';
import { usePanelState } from '../../../live/hooks';
import { serverNow } from '../../../live/line';
import { useLine } from '../../../live/stores';
import type { Fleet, FleetService } from '../../../wire';
import type { Asked } from '../useAsked';
import { adminWords } from '../words';
import { troubled, urgency } from './health';
import css from './HealthTab.module.css';
import { healthWords as text } from './words';

/** Every service with the age of its heartbeat: as streamed, or as asked for where the stream does not bring it. */
export function ServicesPanel({ fleet, asked, className }: { fleet: Fleet | null; asked: Asked<Fleet>; className: string | undefined }) {
  const services = fleet?.services ?? [];
  const ts = fleet && services.length > 0 ? fleet.ts : null;
  const failure = 'failure' in asked.state ? asked.state.failure : null;
  const state = usePanelState({ ts, limitSec: STALE_AFTER_SEC.fleet, failure, isFetching: asked.state.kind === 'loading' });
  const bad = troubled(services);
  return (
    <Panel
      title={text.services}
      state={state}
      asOf={ts}
      empty={text.servicesEmpty}
      onRetry={asked.reload}
      className={className}
      note={services.length > 0 && <span className={bad > 0 ? css.bad : css.note}>{text.bad(bad)}</span>}
    >
      {fleet && <ServiceTable fleet={fleet} />}
    </Panel>
  );
}

function ServiceTable({ fleet }: { fleet: Fleet }) {
  const nowSec = useLine((line) => Math.floor(serverNow(line)));
  const columns = columnsOf(nowSec, Math.max(0, nowSec - fleet.ts));
  const { rows, sort, onSort } = useSorted(fleet.services, columns, { id: 'status', isDescending: false });
  return <Table caption={text.servicesCaption} columns={columns} rows={rows} rowKey={(service) => service.id} sort={sort} onSort={onSort} />;
}

function columnsOf(nowSec: number, passed: number): Column<FleetService>[] {
  return [
    { id: 'service', header: text.service, cell: (service) => service.id, by: (service) => service.id },
    { id: 'status', header: text.status, cell: (service) => <span className={css.status} data-status={service.status}>{words.fleet.status[service.status]}</span>, by: urgency },
    { id: 'state', header: text.state, cell: (service) => service.state ?? '–', by: (service) => service.state, isExtra: true },
    {
      id: 'beat', header: text.beat, isNumber: true, by: (service) => service.hb_age_sec,
      cell: (service) => (service.hb_age_sec === null ? text.noBeat : age(service.hb_age_sec + passed)),
    },
    { id: 'interval', header: text.interval, cell: (service) => `${service.hb_interval_sec} s`, by: (service) => service.hb_interval_sec, isNumber: true, isExtra: true },
    { id: 'health', header: text.health, cell: (service) => (service.health ? alertText(service.health.type) : text.nothing), by: (service) => service.health?.type, isExtra: true },
    {
      id: 'alert', header: text.alert, by: (service) => service.last_alert?.ts,
      cell: ({ last_alert: alert }) => (alert ? `${alertText(alert.type)} · ${adminWords.ago(wholeAge(nowSec - alert.ts))}` : words.fleet.noAlert),
    },
  ];
}
