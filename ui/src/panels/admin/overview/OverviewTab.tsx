import { useState } from 'react';
import { Link } from 'react-router';
import { userMoment } from '../../../kit/format';
import { Panel } from '../../../kit/Panel';
import { Segmented } from '../../../kit/Segmented';
import { type Column, Table, useSorted } from '../../../kit/Table';
import { useIsCut } from '../../../live/hooks';
import { words } from '../../../kit/words';
import { serverNow } from '../../../live/line';
import { useLine } from '../../../live/stores';
import type { AdminStats, HourlyActivity } from '../../../wire';
import { hourRows } from '../heat';
import { HeatTable } from '../HeatTable';
import { clockHour, since } from '../times';
import { orEmpty, useAsked } from '../useAsked';
import { adminWords } from '../words';
import css from './OverviewTab.module.css';

const STATS_EVERY_MS = 10_000;
const SPANS = [7, 14, 30] as const;
const text = adminWords.overview;

/** Who is there, and when people come. */
export function OverviewTab() {
  const stats = useAsked<AdminStats>({ path: '/api/admin/stats', everyMs: STATS_EVERY_MS, limitSec: 60 });
  return (
    <div className={css.grid}>
      <Panel title={text.now} state={stats.state} asOf={stats.ts} empty={text.empty} onRetry={stats.reload} className={css.now}>
        {stats.value && <Figures stats={stats.value} />}
        {stats.value && <LiveUsers users={stats.value.liveUsers} />}
      </Panel>
      <HoursPanel />
      <Panel title={text.active} state={orEmpty(stats.state, stats.value?.mostActiveUsers.length === 0)} asOf={stats.ts} empty={text.activeEmpty} onRetry={stats.reload} className={css.active}>
        {stats.value && <MostActive users={stats.value.mostActiveUsers} />}
      </Panel>
    </div>
  );
}

function Figures({ stats }: { stats: AdminStats }) {
  const streams = stats.liveUsers.reduce((sum, user) => sum + user.streams, 0);
  const figures = [[text.liveUsers, stats.liveUserCount], [text.streams, streams], [text.logins, stats.loginsLast24h]] as const;
  return (
    <dl className={css.figures}>
      {figures.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value.toLocaleString('en-US')}</dd>
        </div>
      ))}
    </dl>
  );
}

type LiveUser = AdminStats['liveUsers'][number];

function LiveUsers({ users }: { users: LiveUser[] }) {
  const columns = liveColumns(useLine((line) => Math.floor(serverNow(line))));
  const { rows, sort, onSort } = useSorted(users, columns, null);
  return <Table caption={text.live} columns={columns} rows={rows} rowKey={(user) => `${user.displayName} ${user.connectedAt}`} sort={sort} onSort={onSort} none={text.empty} />;
}

function liveColumns(nowSec: number): Column<LiveUser>[] {
  return [
    { id: 'user', header: text.user, cell: (user) => <UserLink name={user.displayName} />, by: (user) => user.displayName },
    { id: 'since', header: text.since, cell: (user) => <span title={userMoment(user.connectedAt)}>{since(user.connectedAt, nowSec)}</span>, by: (user) => -Date.parse(user.connectedAt), isNumber: true },
    { id: 'streams', header: text.streams, cell: (user) => user.streams, by: (user) => user.streams, isNumber: true },
  ];
}

/** To the user of that name, where there is more to see and to do. */
function UserLink({ name }: { name: string }) {
  return <Link className={css.link ?? ''} to={`/admin/users?${new URLSearchParams({ search: name })}`} title={text.find(name)}>{name}</Link>;
}

function HoursPanel() {
  const [days, setDays] = useState<number>(SPANS[0]);
  const hours = useAsked<HourlyActivity>({ path: `/api/admin/activity/hourly?days=${days}`, isEmpty: (value) => value.data.length === 0 });
  const isCut = useIsCut();
  return (
    <Panel
      title={text.hours}
      state={hours.state}
      asOf={hours.ts}
      empty={text.hoursEmpty}
      onRetry={hours.reload}
      className={css.hours}
      note={<span className={css.note}>{text.hoursNote(days)}</span>}
      actions={<Segmented label={text.span} options={SPANS.map((span) => ({ value: String(span), text: text.spans[span] ?? '' }))} value={String(days)} onChange={(value) => setDays(Number(value))} blocked={isCut ? words.needsServer : undefined} />}
    >
      {hours.value && (
        <div className={css.hoursBody}>
          <HeatTable caption={text.hoursCaption(hours.value.days)} rows={hourRows(hours.value)} told={text.users} />
          <Busiest hours={hours.value.busiestHours} />
        </div>
      )}
    </Panel>
  );
}

function Busiest({ hours }: { hours: HourlyActivity['busiestHours'] }) {
  if (hours.length === 0) return null;
  return (
    <section>
      <h3 className={css.sub}>{text.busiest}</h3>
      <ol className={css.busiest}>
        {hours.map(({ hour, avgUsers }) => <li key={hour}><b>{clockHour(hour)} ET</b> {text.average(avgUsers.toFixed(1))}</li>)}
      </ol>
    </section>
  );
}

function MostActive({ users }: { users: AdminStats['mostActiveUsers'] }) {
  if (users.length === 0) return <p className={css.none}>{text.activeEmpty}</p>;
  const most = Math.max(...users.map((user) => user.snapshots));
  return (
    <ol className={css.list}>
      {users.map((user) => (
        <li key={user.id}>
          <span className={css.name}>{user.displayName === null ? text.noName : <UserLink name={user.displayName} />}</span>
          <span className={css.bar} aria-hidden="true"><i style={{ width: `${(100 * user.snapshots) / most}%` }} /></span>
          <span title={text.activeTime}>{user.activeTime.formatted}</span>
        </li>
      ))}
    </ol>
  );
}
