import { useCallback, useEffect, useRef, useState } from 'react';
import { getHealth } from '../api/client';
import { useFetched } from '../api/useFetched';
import { usePrefs } from '../kit/prefs';
import { useLive } from '../live/store';
import { openStream, type Stream } from '../live/stream';
import { OverviewPage } from '../pages/OverviewPage';
import type { Health } from '../wire';

const HEALTH_EVERY_MS = 30_000;

/** Opens the stream for as long as the page lives, asks for the gateway's health now and then, applies the theme. */
export function App() {
  useStream();
  useTheme();
  return <OverviewPage health={useHealth()} />;
}

function useStream() {
  const symbol = usePrefs((prefs) => prefs.symbol);
  const stream = useRef<Stream>(null);
  useEffect(() => {
    const opened = openStream(usePrefs.getState().symbol);
    stream.current = opened;
    return () => opened.close();
  }, []);
  useEffect(() => stream.current?.select(symbol), [symbol]);
}

function useTheme() {
  const theme = usePrefs((prefs) => prefs.theme);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}

function useHealth(): Health | null {
  const [health, setHealth] = useState<Health | null>(null);
  const load = useCallback(async (signal: AbortSignal) => setHealth(await getHealth(signal)), []);
  const gen = useLive((live) => live.link.gen);
  const isOpen = useLive((live) => live.link.phase === 'open');
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => setRound((n) => n + 1), HEALTH_EVERY_MS);
    return () => clearInterval(timer);
  }, [isOpen]);
  useFetched(load, `${gen} ${round}`);
  return health;
}
