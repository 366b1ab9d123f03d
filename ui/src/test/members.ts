import { vi } from 'vitest';
import type { AuthConfig, Me, OwnSession, Profile, TierGates } from '../wire';
import { MORNING_TS } from './samples';

export function meOf(change: Partial<Me> = {}): Me {
  return {
    iat: MORNING_TS - 60, exp: MORNING_TS + 86_340, sid: 's-1', uid: 57,
    wp: { issuer: '0-dte', id: '57', email: 'ada@example.org', name: 'Ada Lovelace', roles: ['subscriber'], subscription_tier: 'Navigator Membership', is_admin: false },
    tier: 'navigator', is_admin: false, public_mode: false, expires_in: 86_340, ...change,
  };
}

export function memberOf(change: Partial<Profile> = {}): Profile {
  return {
    id: 57, issuer: '0-dte', wp_user_id: '57', email: 'ada@example.org', display_name: 'Ada Lovelace', roles: ['subscriber', 'fotw_navigator'], is_admin: false,
    subscription_tier: 'Navigator Membership', tier: 'navigator', timezone: null, screen_name: null, show_screen_name: true, created_at: '2025-02-03T10:15:00Z',
    last_login_at: '2025-11-21T15:00:02Z', ...change,
  };
}

export function gatesOf(change: Partial<TierGates> = {}): TierGates {
  return {
    mode: 'tier_gated', updated_at: '2025-11-21T10:15:00.000Z', allowed_tiers: { observer: true, activator: true, navigator: true, coaching: true },
    defaults: { journal_access: { type: 'boolean', label: 'Journal', value: true }, alert_max_active: { type: 'number', label: 'Active alerts', value: -1 } },
    tiers: { observer: { heatmap_access: false, alert_max_active: 3 }, activator: {}, navigator: {} }, user_tier: 'navigator', ...change,
  };
}

export function ownSessionOf(change: Partial<OwnSession> = {}): OwnSession {
  return {
    id: 's-1', tier: 'navigator', created_at: '2025-11-21T14:00:00.000Z', expires_at: '2025-11-22T14:00:00.000Z', last_seen_at: '2025-11-21T15:00:00.000Z',
    ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', current: false, ...change,
  };
}

export function authConfigOf(change: Partial<AuthConfig> = {}): AuthConfig {
  return { login: [{ label: 'Members', url: 'https://members.example.org/sso?redirect={redirect}' }], public_mode: false, version: '1.4.0', ...change };
}

export interface Told {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What each path answers, as `METHOD /path` or `/path`; an Error is a broken line, an unknown path a 404. Can be changed while it is in use. */
export type Script = Record<string, Told | Error | 'pending'>;

/** Answers every request by the script; the calls are `METHOD /path`. */
export function answerBy(script: Script) {
  const calls: string[] = [];
  const bodies: Record<string, unknown> = {};
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const path = String(input).split('?')[0] ?? '';
    const call = `${init?.method ?? 'GET'} ${path}`;
    calls.push(call);
    if (typeof init?.body === 'string') bodies[call] = JSON.parse(init.body);
    const told = script[call] ?? script[path] ?? { status: 404, body: { success: false, error: 'not_found', message: 'Nothing here.' } };
    if (told === 'pending') return new Promise<Response>(() => {});
    if (told instanceof Error) return Promise.reject(told);
    const { status = 200, body = {}, headers = {} } = told;
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'x-request-id': 'r-5b1d', ...headers } }));
  });
  return { calls, bodies };
}

export const DOWN = new TypeError('fetch failed');
export const UNKNOWN: Told = { status: 401, body: { success: false, error: 'not_authenticated', message: 'Please sign in.' } };
export const EXPIRED: Told = { status: 401, body: { success: false, error: 'session_expired', message: 'Your session is over.' } };
export const BARRED: Told = { status: 403, body: { success: false, error: 'tier_blocked', message: 'The observer tier is not admitted here.', tier: 'observer' } };

/** What a gateway answers to somebody who is signed in. */
export function admitted(me: Partial<Me> = {}): Script {
  return {
    '/api/auth/me': { body: meOf(me) }, '/api/tier-gates/config': { body: gatesOf() }, '/api/profile/me': { body: memberOf() }, '/api/auth/config': { body: authConfigOf() },
    '/api/health': { body: { status: 'healthy', service: 'sse-gateway', version: '1.4.0', ts: MORNING_TS, uptime_sec: 1, public_mode: false } },
  };
}
