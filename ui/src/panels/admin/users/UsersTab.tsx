import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Button } from '../../../kit/Button';
import { userMoment } from '../../../kit/format';
import { CaretIcon } from '../../../kit/icons';
import { Panel } from '../../../kit/Panel';
import { type Column, RowButton, Table } from '../../../kit/Table';
import { words } from '../../../kit/words';
import { useIsCut } from '../../../live/hooks';
import type { AdminUser, UserPage, UserSort } from '../../../wire';
import { SearchBox } from '../SearchBox';
import { useAsked } from '../useAsked';
import { adminWords } from '../words';
import { nameOf, pageCount, rangeOf, SORT_IS_DESCENDING, usersPath } from './listing';
import { UserDialog } from './UserDialog';
import css from './UsersTab.module.css';

const PAGE_SIZES = [25, 50, 100];
const SEARCH_AFTER_MS = 300;
const text = adminWords.users;

/** Everybody who ever signed in. */
export function UsersTab() {
  const [params] = useSearchParams();
  const [typed, setTyped] = useState(params.get('search') ?? '');
  const search = useSettled(typed.trim(), SEARCH_AFTER_MS);
  const [sort, setSort] = useState<UserSort>('last_login_at');
  const [limit, setLimit] = useState(50);
  const [place, setPlace] = useState({ search: '', page: 1 });
  const [opened, setOpened] = useState<AdminUser | null>(null);
  const page = place.search === search ? place.page : 1;
  const turn = (next: number) => setPlace({ search, page: next });
  const users = useAsked<UserPage>({ path: usersPath({ search, sort, page, limit }), isEmpty: (value) => value.total === 0 && search === '' });
  const { value } = users;

  return (
    <>
      <Panel
        title={text.title}
        state={users.state}
        asOf={users.ts}
        empty={text.empty}
        onRetry={users.reload}
        className={css.panel}
        note={value && <span className={css.count}>{text.count(value.total)}</span>}
        actions={<SearchBox label={text.search} placeholder={text.searchHint} value={typed} onChange={setTyped} />}
      >
        {value && (
          <Table
            caption={text.caption}
            columns={columnsOf(setOpened)}
            rows={value.users}
            rowKey={(user) => user.id}
            sort={{ id: sort, isDescending: SORT_IS_DESCENDING[sort] }}
            onSort={(id) => {
              setSort(id as UserSort);
              turn(1);
            }}
            selected={opened?.id ?? null}
            none={text.none(search)}
            isBusy={users.isTurning}
          />
        )}
        {value && <Pager page={page} of={value} onPage={turn} onLimit={(next) => {
          setLimit(next);
          turn(1);
        }} />}
      </Panel>
      {opened && (
        <UserDialog
          user={opened}
          onClose={() => {
            setOpened(null);
            users.reload();
          }}
        />
      )}
    </>
  );
}

function columnsOf(onOpen: (user: AdminUser) => void): Column<AdminUser>[] {
  return [
    { id: 'display_name', header: text.name, cell: (user) => <RowButton onClick={() => onOpen(user)}>{nameOf(user)}</RowButton>, by: nameOf },
    { id: 'online', header: text.online, cell: (user) => <span className={user.is_online ? css.online : css.away}>{user.is_online ? text.isOnline : text.isAway}</span> },
    { id: 'email', header: text.email, cell: (user) => user.email || '–', by: (user) => user.email, isExtra: true },
    { id: 'tier', header: text.tier, cell: (user) => adminWords.tiers[user.tier], isExtra: true },
    { id: 'admin', header: text.admin, cell: (user) => (user.is_admin ? adminWords.yes : adminWords.no), isExtra: true },
    { id: 'issuer', header: text.issuer, cell: (user) => user.issuer, isExtra: true },
    { id: 'last_login_at', header: text.last, cell: (user) => userMoment(user.last_login_at), by: (user) => user.last_login_at },
    { id: 'created_at', header: text.created, cell: (user) => userMoment(user.created_at), by: (user) => user.created_at, isExtra: true },
  ];
}

function Pager({ page, of, onPage, onLimit }: { page: number; of: UserPage; onPage: (page: number) => void; onLimit: (limit: number) => void }) {
  const isCut = useIsCut();
  const { from, to } = rangeOf(of);
  const blockedUnless = (isPossible: boolean) => (isCut ? words.needsServer : isPossible ? undefined : text.range(from, to, of.total));
  return (
    <nav className={css.pager} aria-label={text.pages}>
      <label className={css.size}>
        {text.perPage}
        <select value={of.limit} onChange={(event) => onLimit(Number(event.target.value))} disabled={isCut}>
          {PAGE_SIZES.map((size) => <option key={size}>{size}</option>)}
        </select>
      </label>
      <span className={css.range} role="status">{text.range(from, to, of.total)}</span>
      <Button blocked={blockedUnless(page > 1)} onClick={() => onPage(page - 1)} aria-label={text.previous}><span className={css.left}><CaretIcon /></span></Button>
      <Button blocked={blockedUnless(page < pageCount(of))} onClick={() => onPage(page + 1)} aria-label={text.next}><span className={css.right}><CaretIcon /></span></Button>
    </nav>
  );
}

/** `value` once it has rested for `ms`. */
function useSettled(value: string, ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
