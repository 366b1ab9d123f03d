import { useCallback, useEffect, useState } from 'react';
import { getHealth } from '../api/client';
import { useFetched } from '../api/useFetched';
import { useLine } from '../live/stores';
import type { Health } from '../wire';

const HEALTH_EVERY_MS = 30_000;

/** How the gateway says it is, asked now and then while the line is open. */
export function useHealth(): Health | null {
  const [health, setHealth] = useState<Health | null>(null);
  const load = useCallback(async (signal: AbortSignal) => setHealth(await getHealth(signal)), []);
  const gen = useLine((line) => line.link.gen);
  const isOpen = useLine((line) => line.link.phase === 'open');
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => setRound((n) => n + 1), HEALTH_EVERY_MS);
    return () => clearInterval(timer);
  }, [isOpen]);
  useFetched(load, `${gen} ${round}`);
  return health;
}
