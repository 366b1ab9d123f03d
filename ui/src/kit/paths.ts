import type { AuthConfig } from '../wire';

const HOME = '/';
const MAX_LENGTH = 1024;

/** `next` when it is a path of this page, else home. Browsers take `\` for `/` and drop control characters. */
export function safeNext(next: string | null | undefined): string {
  const isPath = typeof next === 'string' && /^\/(?![/\\])/.test(next) && next.length <= MAX_LENGTH;
  // oxlint-disable-next-line no-control-regex
  return isPath && !/[\u0000-\u001f\u007f-\u009f]/.test(next) ? next : HOME;
}

/** The sign-in page, with the way back and why one is there. */
export function loginPath(next: string, code: string | null): string {
  const query = new URLSearchParams();
  if (safeNext(next) !== HOME) query.set('next', safeNext(next));
  if (code !== null) query.set('error', code);
  const text = query.toString();
  return text ? `/login?${text}` : '/login';
}

/** Where a member site's button leads; null when its address is none of the web. */
export function siteUrl(site: AuthConfig['login'][number], origin: string, next: string): string | null {
  const back = `${origin}/api/auth/sso?next=${encodeURIComponent(safeNext(next))}`;
  return webUrl(site.url.replaceAll('{redirect}', encodeURIComponent(back)));
}

/** `url` when it is one of the web. */
export function webUrl(url: string | null | undefined): string | null {
  try {
    return url && /^https?:$/.test(new URL(url).protocol) ? url : null;
  } catch {
    return null;
  }
}
