import { describe, expect, test, vi } from 'vitest';
import { getData } from '../api/client';
import { admitted, answerBy, BARRED, DOWN, EXPIRED, gatesOf, type Script, UNKNOWN } from '../test/members';
import { checkSession, loadGates, NOBODY, signOut, tierBlocked, useSession } from './session';

const held = () => useSession.getState();
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('checkSession', () => {
  test('whoever is signed in is in, with gates at once and the rest soon after', async () => {
    answerBy(admitted());
    await checkSession();
    expect(held()).toMatchObject({ phase: 'in', me: { tier: 'navigator' }, gates: { mode: 'tier_gated' } });
    await vi.waitFor(() => expect(held()).toMatchObject({ profile: { display_name: 'Ada Lovelace' }, config: { version: '1.4.0' } }));
  });

  test.each<[string, Script, object]>([
    ['nobody is out', { '/api/auth/me': UNKNOWN }, { phase: 'out', ending: { code: 'not_authenticated' } }],
    ['an old session is out', { '/api/auth/me': EXPIRED }, { phase: 'out', ending: { code: 'session_expired' } }],
    ['a barred tier is blocked', { '/api/auth/me': BARRED }, { phase: 'blocked', ending: { code: 'tier_blocked', tier: 'observer', message: 'The observer tier is not admitted here.' } }],
    ['a gateway that is down says nothing', { '/api/auth/me': DOWN, '/api/tier-gates/config': DOWN }, { phase: 'away', me: null }],
    ['so does one that is not ready', { '/api/auth/me': { status: 503, body: { error: 'gates_unavailable' } } }, { phase: 'away' }],
    ['gates that cannot be read keep nobody out', { ...admitted(), '/api/tier-gates/config': DOWN }, { phase: 'in', gates: null }],
  ])('%s', async (_name, script, expected) => {
    answerBy(script);
    await checkSession();
    expect(held()).toMatchObject(expected);
  });

  test('whoever is in stays in while the gateway is away', async () => {
    const script = admitted();
    answerBy(script);
    await checkSession();
    script['/api/auth/me'] = { status: 503, body: {}, headers: { 'retry-after': '7' } };
    expect(await checkSession()).toEqual({ phase: 'away', retryAfterSec: 7 });
    expect(held()).toMatchObject({ phase: 'in', me: { uid: 57 } });
  });

  test('several who ask at once ask once', async () => {
    const { calls } = answerBy(admitted());
    await Promise.all([checkSession(), checkSession()]);
    expect(calls.filter((call) => call === 'GET /api/auth/me')).toHaveLength(1);
  });

  test('what ends leaves nothing of the user behind', async () => {
    const script = admitted();
    answerBy(script);
    await checkSession();
    await vi.waitFor(() => expect(held().config).not.toBeNull());
    tierBlocked({ tier: 'navigator', message: 'Not you.' });
    expect(held()).toEqual({ ...NOBODY, phase: 'blocked', ending: { code: 'tier_blocked', message: 'Not you.', tier: 'navigator' }, config: held().config });
  });
});

describe('a refusal of a data route', () => {
  const ask = () => getData('/api/models/spot', new AbortController().signal).catch(() => {});

  test('has the session itself asked, which ends it', async () => {
    const script = admitted();
    answerBy(script);
    await checkSession();
    script['/api/models/spot'] = EXPIRED;
    script['/api/auth/me'] = EXPIRED;
    await ask();
    await vi.waitFor(() => expect(held().phase).toBe('out'));
  });

  test('ends nothing that still holds', async () => {
    const script = admitted();
    const { calls } = answerBy(script);
    await checkSession();
    script['/api/models/spot'] = UNKNOWN;
    await ask();
    await vi.waitFor(() => expect(calls.filter((call) => call === 'GET /api/auth/me')).toHaveLength(2));
    await settle();
    expect(held().phase).toBe('in');
  });

  test('asks nothing of somebody who is not in', async () => {
    const { calls } = answerBy({ '/api/models/spot': UNKNOWN });
    await ask();
    expect(calls).toEqual(['GET /api/models/spot']);
  });
});

test('gates that changed are read again', async () => {
  const script = admitted();
  answerBy(script);
  await checkSession();
  script['/api/tier-gates/config'] = { body: gatesOf({ user_tier: 'observer' }) };
  await loadGates();
  expect(held().gates?.user_tier).toBe('observer');
});

describe('signOut', () => {
  test('ends the session and forgets the drafts', async () => {
    const { calls } = answerBy({ ...admitted(), 'POST /api/auth/logout': { status: 204 } });
    await checkSession();
    localStorage.setItem('ms:draft:57:entry', 'x');
    localStorage.setItem('ms:prefs', '{}');
    await signOut();
    expect(calls).toContain('POST /api/auth/logout');
    expect(held()).toMatchObject({ phase: 'out', me: null, ending: { code: 'signed_out' } });
    expect(Object.keys(localStorage)).toEqual(['ms:prefs']);
  });

  test('is not claimed when the gateway could not be told', async () => {
    answerBy({ ...admitted(), 'POST /api/auth/logout': DOWN });
    await checkSession();
    localStorage.setItem('ms:draft:57:entry', 'x');
    await expect(signOut()).rejects.toMatchObject({ code: 'network' });
    expect(held().phase).toBe('in');
    expect(localStorage.getItem('ms:draft:57:entry')).toBe('x');
  });
});
