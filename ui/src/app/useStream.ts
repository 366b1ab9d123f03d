import { useEffect, useRef } from 'react';
import { usePrefs } from '../kit/prefs';
import { forget } from '../live/stores';
import { openStream, type Stream } from '../live/stream';

/** Keeps the page's only stream open for as long as somebody is signed in; what it brought is forgotten with it. */
export function useStream() {
  const symbol = usePrefs((prefs) => prefs.symbol);
  const stream = useRef<Stream>(null);
  useEffect(() => {
    const opened = openStream(usePrefs.getState().symbol);
    stream.current = opened;
    return () => {
      opened.close();
      forget();
    };
  }, []);
  useEffect(() => stream.current?.select(symbol), [symbol]);
}
