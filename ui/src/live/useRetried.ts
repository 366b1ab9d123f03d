import { useEffect, useState } from 'react';
import { ApiError } from '../api/client';
import { retryDelayMs } from './link';

/** `away`: it failed at least once and is tried again, until it works. */
export type Retried = 'asking' | 'away' | 'done';

/** Runs `load` until it succeeds: again after 1, 2, 4 … 30 s, or when the server says, or when the network is back. */
export function useRetried(load: (signal: AbortSignal) => Promise<void>): Retried {
  const [state, setState] = useState<Retried>('asking');
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let attempts = 0;
    let isAsking = false;
    const run = async () => {
      if (isAsking || signal.aborted) return;
      clearTimeout(timer);
      isAsking = true;
      try {
        await load(signal);
        if (!signal.aborted) setState('done');
        abort.abort();
      } catch (error) {
        if (signal.aborted) return;
        attempts += 1;
        setState('away');
        timer = setTimeout(run, retryDelayMs(attempts, error instanceof ApiError ? error.retryAfterSec : null, Math.random()));
      } finally {
        isAsking = false;
      }
    };
    void run();
    window.addEventListener('online', run, { signal });
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [load]);
  return state;
}
