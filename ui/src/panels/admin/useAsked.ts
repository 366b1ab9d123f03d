import { useCallback, useEffect, useState } from 'react';
import { ApiError, getData, getJson } from '../../api/client';
import { useFetched } from '../../api/useFetched';
import type { PanelState } from '../../live/freshness';
import { usePanelState } from '../../live/hooks';
import { checkSession } from '../../live/session';
import { serverNow } from '../../live/line';
import { useLine } from '../../live/stores';

/** How often a page that is looked at asks again, and when an answer that was not renewed is old. */
const EVERY_MS = 60_000;
const LIMIT_SEC = 180;

export interface Asked<T> {
  /** The answer to the present question, or to the one before while the present one is under way. */
  value: T | undefined;
  /** When it came, epoch seconds. */
  ts: number | null;
  state: PanelState;
  /** What is shown answers the question before this one. */
  isTurning: boolean;
  reload: () => void;
  /** Puts in the place of the answer what a change was answered with. */
  put: (value: T) => void;
}

export interface Question<T> {
  path: string;
  /** Whether the answer is wrapped as those of the data routes. */
  isWrapped?: boolean;
  /** Asks again this often, while the page is looked at; null: only when it is told to. */
  everyMs?: number | null;
  /** Seconds after which an answer that is not renewed is old. */
  limitSec?: number;
  /** Asks again when it changes. */
  occasion?: string | undefined;
  /** Whether there is nothing to show. */
  isEmpty?: (value: T) => boolean;
}

/** What the gateway answers at `path`, and what a panel must say about it. Asked again when something may have been missed. */
export function useAsked<T>({ path, isWrapped = false, everyMs = EVERY_MS, limitSec = LIMIT_SEC, occasion = '', isEmpty }: Question<T>): Asked<T> {
  const [held, setHeld] = useState<{ path: string; value: T; ts: number } | null>(null);
  const load = useCallback(async (signal: AbortSignal) => {
    try {
      const value = isWrapped ? await getData<T>(path, signal) : await getJson<T>(path, signal);
      setHeld({ path, value, ts: present() });
    } catch (error) {
      demoted(error);
      throw error;
    }
  }, [path, isWrapped]);
  const revision = useLine((line) => line.revision);
  const { failure, isFetching, retry } = useFetched(load, `${revision} ${occasion}`);
  useRepeated(retry, isFetching ? null : everyMs);

  const isCurrent = held !== null && (held.path === path || isFetching);
  const isSomething = isCurrent && !isEmpty?.(held.value);
  const ts = isSomething ? held.ts : null;
  const put = useCallback((value: T) => setHeld((before) => (before ? { ...before, value, ts: present() } : before)), []);
  const state = usePanelState({ ts, limitSec, failure, isFetching: isFetching && !isCurrent });
  return { value: isCurrent ? held.value : undefined, ts, state, isTurning: isFetching && held !== null && held.path !== path, reload: retry, put };
}

/** The state of a part of what came, where that part holds nothing. */
export function orEmpty(state: PanelState, isNothing: boolean | undefined): PanelState {
  return state.kind === 'live' && isNothing ? { kind: 'empty' } : state;
}

const present = () => serverNow({ ...useLine.getState(), nowMs: Date.now() });

/** Whoever is no administrator any more has lost the page as well: who they are is asked again. */
export function demoted(error: unknown) {
  if (error instanceof ApiError && error.code === 'admin_required') void checkSession();
}

/** Calls `retry` every so often while the page is looked at, and when it is looked at again. */
function useRepeated(retry: () => void, everyMs: number | null) {
  useEffect(() => {
    if (everyMs === null) return;
    const sinceMs = Date.now();
    const timer = setInterval(() => !document.hidden && retry(), everyMs);
    const onSeen = () => !document.hidden && Date.now() - sinceMs >= everyMs && retry();
    document.addEventListener('visibilitychange', onSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onSeen);
    };
  }, [everyMs, retry]);
}
