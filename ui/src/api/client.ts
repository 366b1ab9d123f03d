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
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The `data` of a route's answer. Repeated twice when the way there was broken. Throws `ApiError`, or an abort of `signal`. */
export async function getData<T>(path: string, signal: AbortSignal): Promise<T> {
  const answer = await getJson<Answer<T>>(path, signal);
  return answer.data;
}

export async function getHealth(signal: AbortSignal): Promise<Health> {
  return getJson<Health>('/api/health', signal);
}

async function getJson<T>(path: string, signal: AbortSignal, attempt = 0): Promise<T> {
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

async function requestJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      headers: { accept: 'application/json' },
      signal: AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    if (timeout.aborted) throw new ApiError('timeout', 'The gateway did not answer in time.', 0, null);
    throw new ApiError('network', 'The gateway cannot be reached.', 0, null);
  }
  const requestId = response.headers.get('x-request-id');
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const { error, message } = (body ?? {}) as Partial<ErrorBody>;
  const code = error ?? (response.ok ? 'bad_answer' : `http_${response.status}`);
  throw new ApiError(code, message ?? 'The gateway answered in a way this page does not understand.', response.status, requestId);
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
