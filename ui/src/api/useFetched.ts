import { useCallback, useEffect, useMemo, useState } from 'react';
import { ApiError } from './client';

export interface Fetched {
  failure: ApiError | null;
  isFetching: boolean;
  retry: () => void;
}

/**
 * Runs `load` at first, whenever it or `revision` changes, and on `retry`. `load` must be stable (`useCallback`) and
 * puts its answer where it belongs; what was shown before stays until then.
 */
export function useFetched(load: (signal: AbortSignal) => Promise<void>, revision: number | string): Fetched {
  const [attempt, setAttempt] = useState(0);
  const run = useMemo(() => ({ load, revision, attempt }), [load, revision, attempt]);
  const [settled, setSettled] = useState<{ run: object | null; failure: ApiError | null }>({ run: null, failure: null });

  useEffect(() => {
    const abort = new AbortController();
    run.load(abort.signal).then(
      () => setSettled({ run, failure: null }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError('bad_answer', 'The answer could not be read.', 0, null);
        setSettled({ run, failure });
      },
    );
    return () => abort.abort();
  }, [run]);

  const retry = useCallback(() => setAttempt((n) => n + 1), []);
  return { failure: settled.failure, isFetching: settled.run !== run, retry };
}
