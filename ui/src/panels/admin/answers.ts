import { vi } from 'vitest';

export interface Sent {
  method: string;
  url: string;
  body: unknown;
}

type Reply = { status: number; body: unknown } | 'pending';

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const wrapped = (data: unknown): Reply => ({ status: 200, body: { success: true, data, ts: 1 } });
export const refused = (status: number, error: string, message: string, more: object = {}): Reply => ({ status, body: { success: false, error, message, ...more } });

/**
 * Answers requests by the first of `routes` (`GET /api/…`, a beginning) that fits, in the order given, and keeps what was
 * asked. A function is asked each time.
 */
export function answerBy(routes: Record<string, Reply | ((sent: Sent) => Reply)>): Sent[] {
  const asked: Sent[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    const sent: Sent = { method: init?.method ?? 'GET', url: String(input), body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined };
    asked.push(sent);
    const route = Object.entries(routes).find(([begin]) => `${sent.method} ${sent.url}`.startsWith(begin))?.[1];
    const reply = typeof route === 'function' ? route(sent) : route ?? refused(404, 'not_found', 'There is nothing here.');
    if (reply === 'pending') return new Promise<Response>(() => {});
    return Promise.resolve(new Response(JSON.stringify(reply.body), { status: reply.status, headers: { 'x-request-id': 'r-5b1d' } }));
  });
  return asked;
}
