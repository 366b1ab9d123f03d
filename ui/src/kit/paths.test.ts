import { describe, expect, test } from 'vitest';
import { loginPath, safeNext, siteUrl, webUrl } from './paths';

test.each(['/', '/admin/users?tab=gex&x=//evil', '/a//b', '/#x', '/%2f%2fevil', `/${'x'.repeat(1023)}`])('%s is kept', (next) => {
  expect(safeNext(next)).toBe(next);
});

test.each([
  null, undefined, '', 'desk', '//evil.example.net', '/\\evil.example.net', '\\/evil.example.net', 'https://evil.example.net', 'javascript:alert(1)', ' /desk',
  '/\t/evil.example.net', '/\n/evil', '/desk\u0000', '/desk\u0085', `/${'x'.repeat(1024)}`,
])('%s leads home', (next) => {
  expect(safeNext(next)).toBe('/');
});

test.each<[string, string | null, string]>([
  ['/', null, '/login'],
  ['/', 'session_expired', '/login?error=session_expired'],
  ['/settings/display', null, '/login?next=%2Fsettings%2Fdisplay'],
  ['//evil', 'sso_invalid', '/login?error=sso_invalid'],
])('from %s because of %s to %s', (next, code, path) => {
  expect(loginPath(next, code)).toBe(path);
});

describe('siteUrl', () => {
  const site = { label: 'Members', url: 'https://members.example.org/sso?redirect={redirect}' };

  test('the way back is written into it, encoded', () => {
    const url = new URL(siteUrl(site, 'https://desk.example.org', '/admin/users?q=a&b=1') ?? '');
    expect(url.origin).toBe('https://members.example.org');
    const back = new URL(url.searchParams.get('redirect') ?? '');
    expect(back.origin + back.pathname).toBe('https://desk.example.org/api/auth/sso');
    expect(back.searchParams.get('next')).toBe('/admin/users?q=a&b=1');
  });

  test('an address that is none of the web is no button', () => {
    expect(siteUrl({ label: 'x', url: 'javascript:alert("{redirect}")' }, 'https://desk.example.org', '/')).toBeNull();
    expect(siteUrl({ label: 'x', url: '/sso?{redirect}' }, 'https://desk.example.org', '/')).toBeNull();
  });
});

test('only addresses of the web are links', () => {
  expect(webUrl('https://x.example/?a')).toBe('https://x.example/?a');
  for (const url of [null, undefined, '', 'mailto:a@b', 'data:text/html,x', 'x']) expect(webUrl(url)).toBeNull();
});
