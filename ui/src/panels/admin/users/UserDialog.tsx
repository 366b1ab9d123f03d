import { useState } from 'react';
import { sendJson } from '../../../api/client';
import { Dialog } from '../../../kit/Dialog';
import { userMoment } from '../../../kit/format';
import { Panel } from '../../../kit/Panel';
import { useSession } from '../../../live/session';
import type { AdminUser, UserDetail, UserWeek } from '../../../wire';
import { Confirm } from '../Confirm';
import { weekRows } from '../heat';
import { HeatTable } from '../HeatTable';
import { Refusal } from '../Refusal';
import { type Asked, useAsked } from '../useAsked';
import { useMinute } from '../useMinute';
import { useSend } from '../useSend';
import { adminWords } from '../words';
import { nameOf, sessionState } from './listing';
import { Sessions } from './Sessions';
import css from './UserDialog.module.css';

const text = adminWords.user;

/** One user: who it is, where it is signed in, when it is there. */
export function UserDialog({ user, onClose }: { user: AdminUser; onClose: () => void }) {
  const path = `/api/admin/users/${user.id}`;
  const detail = useAsked<UserDetail>({ path });
  const week = useAsked<UserWeek>({ path: `${path}/activity?days=30` });
  const shown = detail.value?.user ?? user;
  return (
    <Dialog title={nameOf(shown)} onClose={onClose} isWide>
      <div className={css.body}>
        <Profile user={shown} />
        <Panel title={text.sessions} state={detail.state} asOf={detail.ts} empty={text.gone} onRetry={detail.reload}>
          {detail.value && <Sessions sessions={detail.value.sessions} />}
          {detail.value && <RevokeAll user={shown} detail={detail} path={path} />}
        </Panel>
        <Panel title={text.activity} state={week.state} asOf={week.ts} empty={text.notSeen} onRetry={week.reload} note={week.value && <span className={css.note}>{text.activityNote(week.value.days, week.value.totalActiveTime.formatted)}</span>}>
          {week.value && (
            <div className={css.week}>
              <HeatTable caption={text.activityCaption(nameOf(shown), week.value.days)} rows={weekRows(week.value)} told={text.times} />
            </div>
          )}
        </Panel>
        {detail.value && detail.value.tradeLogsError === undefined && <Logs logs={detail.value.tradeLogs} />}
      </div>
    </Dialog>
  );
}

function Profile({ user }: { user: AdminUser }) {
  const facts = [
    [adminWords.users.email, user.email || '–'],
    [adminWords.users.tier, adminWords.tiers[user.tier]],
    [text.subscription, user.subscription_tier ?? '–'],
    [text.roles, user.roles.join(', ') || '–'],
    [adminWords.users.admin, user.is_admin ? adminWords.yes : adminWords.no],
    [text.member, `${user.issuer} ${user.wp_user_id}`],
    [text.id, String(user.id)],
    [text.zone, user.timezone ?? '–'],
    [text.screenName, user.screen_name === null ? '–' : `${user.screen_name} (${user.show_screen_name ? text.shown : text.hidden})`],
    [adminWords.users.created, userMoment(user.created_at)],
    [adminWords.users.last, userMoment(user.last_login_at)],
    [adminWords.users.online, user.is_online ? adminWords.users.isOnline : adminWords.users.isAway],
  ];
  return (
    <dl className={css.facts} aria-label={text.profile}>
      {facts.map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

function RevokeAll({ user, detail, path }: { user: AdminUser; detail: Asked<UserDetail>; path: string }) {
  const [revoked, setRevoked] = useState<number | null>(null);
  const { send, failure, blocked } = useSend();
  const isMe = useSession(({ me }) => me?.uid === user.id);
  const nowMs = useMinute();
  const live = (detail.value?.sessions ?? []).filter((session) => sessionState(session, nowMs) === 'live').length;
  const revoke = async () => {
    const isDone = await send(async () => setRevoked((await sendJson<{ revoked: number }>('POST', `${path}/revoke-sessions`)).revoked));
    if (isDone) detail.reload();
  };
  return (
    <div className={css.revoke}>
      <Confirm
        label={text.revoke}
        question={`${text.revokeAsk(nameOf(user), live)}${isMe ? ` ${text.revokeMe}` : ''}`}
        yes={text.revokeYes}
        no={text.revokeNo}
        blocked={blocked ?? (live === 0 ? text.noneLive : undefined)}
        onYes={revoke}
      />
      <span role="status">{revoked !== null && text.revoked(revoked)}</span>
      <Refusal failure={failure} />
    </div>
  );
}

function Logs({ logs }: { logs: UserDetail['tradeLogs'] }) {
  return (
    <section className={css.logs}>
      <h3>{text.logs}</h3>
      {logs.length === 0 ? <p>{text.noLogs}</p> : <ul>{logs.map((log) => <li key={log.id}>{log.name ?? log.id}{log.status && <span> {log.status}</span>}</li>)}</ul>}
    </section>
  );
}
