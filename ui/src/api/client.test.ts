import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, getData } from './client';

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
