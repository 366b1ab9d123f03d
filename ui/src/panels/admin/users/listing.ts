import type { AdminUser, UserPage, UserSession, UserSort } from '../../../wire';

/** The gateway orders each column one way. */
export const SORT_IS_DESCENDING: Record<UserSort, boolean> = { last_login_at: true, created_at: true, email: false, display_name: false, id: false };

export interface Listing {
  search: string;
  sort: UserSort;
  page: number;
  limit: number;
}

export function usersPath({ search, sort, page, limit }: Listing): string {
  const query = new URLSearchParams({ sort, page: String(page), limit: String(limit) });
  if (search !== '') query.set('search', search);
  return `/api/admin/users?${query}`;
}

/** What somebody is called: the name, else what else is known. */
export function nameOf({ display_name: name, email, issuer, wp_user_id: member }: Pick<AdminUser, 'display_name' | 'email' | 'issuer' | 'wp_user_id'>): string {
  return name || email || `${issuer} ${member}`;
}

/** Which of all are on the page, counted from 1; 0 to 0 when there are none. */
export function rangeOf({ page, limit, count }: UserPage): { from: number; to: number } {
  const before = (page - 1) * limit;
  return count === 0 ? { from: 0, to: 0 } : { from: before + 1, to: before + count };
}

export function pageCount({ total, limit }: UserPage): number {
  return Math.max(1, Math.ceil(total / limit));
}

/** How a session stands at `nowMs`. */
export function sessionState(session: UserSession, nowMs: number): 'live' | 'expired' | 'revoked' {
  if (session.revoked_at !== null) return 'revoked';
  return Date.parse(session.expires_at) <= nowMs ? 'expired' : 'live';
}

const BROWSERS = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']] as const;
const SYSTEMS = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['Linux', 'Linux']] as const;

/** `Firefox, macOS` of what a browser says of itself; what says neither is given as it is. */
export function device(agent: string | null): string | null {
  if (agent === null || agent === '') return null;
  const found = [BROWSERS, SYSTEMS].map((list) => list.find(([mark]) => agent.includes(mark))?.[1]).filter((name) => name !== undefined);
  return found.length > 0 ? found.join(', ') : agent.slice(0, 40);
}
