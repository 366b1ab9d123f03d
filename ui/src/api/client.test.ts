import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, getData, listenToRefusals, newKey, secondsOf, sendJson } from './client';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

const ask = (answers: (Response | Error)[]) => {
  const fetched = vi.spyOn(globalThis, 'fetch');
  for (const next of answers) {
    if (next instanceof Error) fetched.mockRejectedValueOnce(next);
    else fetched.mockResolvedValueOnce(next);
  }
  return fetched;
};

const outcome = async () => {
  const pending = getData<number>('/api/models/spot', new AbortController().signal).catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return pending;
};

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

describe('getData', () => {
  test('answers the data', async () => {
    ask([answer(200, { success: true, data: 7, ts: 1 })]);
    expect(await outcome()).toBe(7);
  });

  test('a passing failure is tried again twice', async () => {
    const fetched = ask([answer(502, '<html>'), new TypeError('fetch failed'), answer(200, { success: true, data: 7, ts: 1 })]);
    expect(await outcome()).toBe(7);
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  test.each<[string, Response[], Partial<ApiError>]>([
    ['a refusal is told in the gateway\'s words', [answer(404, { success: false, error: 'no_data', message: 'No trades yet.' }, { 'x-request-id': 'r7' })],
      { code: 'no_data', message: 'No trades yet.', status: 404, requestId: 'r7' }],
    ['a page instead of an answer', [answer(500, '<html>')], { code: 'http_500', status: 500, requestId: null }],
    ['success that cannot be read', [answer(200, '{')], { code: 'bad_answer', status: 200 }],
    ['what does not pass is told in the end', [answer(503, { error: 'redis_unavailable', message: 'Away.' }), answer(503, {}), answer(503, { error: 'redis_unavailable', message: 'Still away.' })],
      { code: 'redis_unavailable', message: 'Still away.', status: 503 }],
  ])('%s', async (_name, answers, expected) => {
    const fetched = ask(answers);
    expect(await outcome()).toMatchObject(expected);
    expect(fetched).toHaveBeenCalledTimes(answers.length);
  });
});

describe('sendJson', () => {
  const sent = (fetched: ReturnType<typeof ask>, n = 0) => fetched.mock.calls[n]?.[1] as RequestInit & { headers: Record<string, string> };

  test('sends a body with a key of its own', async () => {
    const fetched = ask([answer(200, { success: true }), answer(200, { success: true })]);
    expect(await sendJson('PUT', '/api/profile/timezone', { timezone: null })).toEqual({ success: true });
    await sendJson('POST', '/api/trades', { a: 1 }, { idempotencyKey: 'k-1', ifMatch: 3 });
    expect(sent(fetched)).toMatchObject({ method: 'PUT', body: '{"timezone":null}', credentials: 'same-origin', headers: { 'content-type': 'application/json' } });
    expect(sent(fetched).headers['idempotency-key']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(sent(fetched, 1).headers).toMatchObject({ 'idempotency-key': 'k-1', 'if-match': '3' });
  });

  test('a body that is not there is not sent, and no answer is null', async () => {
    const fetched = ask([new Response(null, { status: 204 })]);
    expect(await sendJson('DELETE', '/api/profile/sessions/a')).toBeNull();
    expect(sent(fetched)).not.toHaveProperty('body');
    expect(sent(fetched).headers).not.toHaveProperty('content-type');
  });

  test('is never sent twice', async () => {
    const fetched = ask([answer(503, { error: 'redis_unavailable', message: 'Away.' }, { 'retry-after': '2' })]);
    await expect(sendJson('POST', '/api/trades', {})).rejects.toMatchObject({ code: 'redis_unavailable', retryAfterSec: 2 });
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  test('the refused field is named', async () => {
    ask([answer(400, { error: 'invalid_timezone', message: 'timezone: expected a time zone', field: 'timezone' })]);
    await expect(sendJson('PUT', '/api/profile/timezone', {})).rejects.toMatchObject({ code: 'invalid_timezone', field: 'timezone', status: 400 });
  });
});

test.each<[number, string, boolean]>([
  [401, 'session_expired', true],
  [403, 'tier_blocked', true],
  [403, 'feature_gated', false],
  [404, 'no_data', false],
])('whoever listens to refusals hears of %i %s: %s', async (status, code, isHeard) => {
  const heard = vi.fn<(error: ApiError) => void>();
  listenToRefusals(heard);
  ask([answer(status, { error: code, message: 'No.', tier: 'observer' })]);
  await outcome();
  listenToRefusals(() => {});
  expect(heard.mock.calls.map(([error]) => [error.code, error.tier])).toEqual(isHeard ? [[code, 'observer']] : []);
});

test.each<[string | null, number | null]>([['12', 12], ['9000', 300], ['0', null], ['soon', null], [null, null]])('Retry-After %s is %s', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});

test('no two keys are the same', () => {
  expect(new Set(Array.from({ length: 100 }, newKey)).size).toBe(100);
});
