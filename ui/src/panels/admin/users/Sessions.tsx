import { userMoment } from '../../../kit/format';
import { type Column, Table, useSorted } from '../../../kit/Table';
import type { UserSession } from '../../../wire';
import { useMinute } from '../useMinute';
import { adminWords } from '../words';
import { device, sessionState } from './listing';
import css from './Sessions.module.css';

const text = adminWords.user;

const COLUMNS: Column<UserSession>[] = [
  { id: 'device', header: text.device, cell: (session) => <span title={session.user_agent ?? undefined}>{device(session.user_agent) ?? '–'}</span>, by: (session) => device(session.user_agent) },
  { id: 'state', header: text.state, cell: (session) => <State session={session} />, by: (session) => sessionState(session, Date.now()) },
  { id: 'seen', header: text.seen, cell: (session) => userMoment(session.last_seen_at), by: (session) => session.last_seen_at },
  { id: 'opened', header: text.opened, cell: (session) => userMoment(session.created_at), by: (session) => session.created_at },
  { id: 'address', header: text.address, cell: (session) => session.ip ?? '–', by: (session) => session.ip, isExtra: true },
  { id: 'tier', header: adminWords.users.tier, cell: (session) => adminWords.tiers[session.tier], by: (session) => session.tier, isExtra: true },
];

/** Where somebody is, and was, signed in. */
export function Sessions({ sessions }: { sessions: UserSession[] }) {
  const { rows, sort, onSort } = useSorted(sessions, COLUMNS, null);
  return (
    <div className={css.sessions}>
      <Table caption={text.sessionsCaption} columns={COLUMNS} rows={rows} rowKey={(session) => session.id} sort={sort} onSort={onSort} none={text.noSessions} />
    </div>
  );
}

function State({ session }: { session: UserSession }) {
  const state = sessionState(session, useMinute());
  if (state === 'revoked' && session.revoke_reason) return <span className={css.over} title={userMoment(session.revoked_at)}>{text.reason(session.revoke_reason)}</span>;
  return <span className={state === 'live' ? css.live : css.over}>{text.states[state]}</span>;
}
