import type { Answer, ErrorBody, Health } from '../wire';

const TIMEOUT_MS = 15_000;
const RETRY_DELAYS_MS = [400, 1200];
const PASSING = new Set([502, 503, 504]);

/** A refused or failed request, in the words of the gateway's error body where there is one. */
export class ApiError extends Error {
  constructor(
    /** The gateway's stable code, or `network`, `timeout`, `bad_answer`. */
    readonly code: string,
    message: string,
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    readonly requestId: string | null,
    /** The field of the body or the query that was refused. */
    readonly field: string | null = null,
    /** Seconds the server asks to wait. */
    readonly retryAfterSec: number | null = null,
    /** The tier that was refused. */
    readonly tier: string | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

let onRefusal: (error: ApiError) => void = () => {};

/** Has `listener` hear of every answer that says that somebody is not, or no longer, signed in or admitted. */
export function listenToRefusals(listener: (error: ApiError) => void) {
  onRefusal = listener;
}

/** The `data` of a route's answer. Repeated twice when the way there was broken. Throws `ApiError`, or an abort of `signal`. */
export async function getData<T>(path: string, signal: AbortSignal): Promise<T> {
  const answer = await getJson<Answer<T>>(path, signal);
  return answer.data;
}

export async function getHealth(signal: AbortSignal): Promise<Health> {
  return getJson<Health>('/api/health', signal);
}

/** The bare body of a route's answer; repeated as `getData` is. */
export async function getJson<T>(path: string, signal: AbortSignal, attempt = 0): Promise<T> {
  try {
    return await requestJson<T>(path, signal);
  } catch (error) {
    const delayMs = RETRY_DELAYS_MS[attempt];
    const mayPass = error instanceof ApiError && (error.status === 0 || PASSING.has(error.status));
    if (signal.aborted || !mayPass || delayMs === undefined) throw error;
    await pause(delayMs, signal);
    return getJson<T>(path, signal, attempt + 1);
  }
}

/** The bare body of a route's answer, asked for once. */
export async function getOnce<T>(path: string, signal: AbortSignal): Promise<T> {
  return requestJson<T>(path, signal);
}

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface SendOptions {
  /** The same for the same intent, so that what is sent twice is done once; a new one when absent. */
  idempotencyKey?: string;
  /** The version that the change was made on. */
  ifMatch?: string | number;
  signal?: AbortSignal;
}

/** Sends a change, once: whether it arrived is not known when there is no answer. Throws `ApiError`. */
export async function sendJson<T>(method: Method, path: string, body?: unknown, options: SendOptions = {}): Promise<T> {
  const headers: Record<string, string> = { 'idempotency-key': options.idempotencyKey ?? newKey() };
  if (options.ifMatch !== undefined) headers['if-match'] = String(options.ifMatch);
  if (body === undefined) return requestJson<T>(path, options.signal, { method, headers });
  headers['content-type'] = 'application/json';
  return requestJson<T>(path, options.signal, { method, headers, body: JSON.stringify(body) });
}

/** A UUID. `crypto.randomUUID` exists on secure origins only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, n) => (n === 6 ? (byte & 0x0f) | 0x40 : n === 8 ? (byte & 0x3f) | 0x80 : byte).toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

interface Sent {
  method: Method;
  headers: Record<string, string>;
  body?: string;
}

async function requestJson<T>(path: string, signal: AbortSignal | undefined, sent?: Sent): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      ...sent,
      headers: { accept: 'application/json', ...sent?.headers },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (timeout.aborted) throw new ApiError('timeout', 'The gateway did not answer in time.', 0, null);
    throw new ApiError('network', 'The gateway cannot be reached.', 0, null);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  if (response.status === 204) return null as T;
  const refused = refusal(response, (body ?? {}) as Partial<ErrorBody>);
  if (refused.status === 401 || refused.code === 'tier_blocked') onRefusal(refused);
  throw refused;
}

function refusal({ ok, status, headers }: Response, { error, message, field, tier }: Partial<ErrorBody>): ApiError {
  const code = error ?? (ok ? 'bad_answer' : `http_${status}`);
  const text = message ?? 'The gateway answered in a way this page does not understand.';
  return new ApiError(code, text, status, headers.get('x-request-id'), field ?? null, secondsOf(headers.get('retry-after')), tier ?? null);
}

/** Seconds of a `Retry-After`, at most five minutes. */
export function secondsOf(retryAfter: string | null): number | null {
  const seconds = Number(retryAfter);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) : null;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
