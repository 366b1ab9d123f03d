import { useEffect, useMemo, useRef, useState } from 'react';
import { type RiskInput, type RiskPicture, riskPicture } from '../../kit/risk/picture';
import type { RiskAnswer, RiskQuestion } from './risk.worker';

/** With more positions than this the graph is calculated away from the page's own thread. */
const HERE_MAX = 3;

/** The picture of `input`; with many positions it may lag one behind. */
export function useRisk(input: RiskInput): RiskPicture | null {
  const isHere = input.held.length <= HERE_MAX || typeof Worker === 'undefined';
  const here = useMemo(() => (isHere ? riskPicture(input) : null), [isHere, input]);
  const { picture: there, isBroken } = useAway(isHere ? null : input);
  const fallback = useMemo(() => (!isHere && (isBroken || there === null) ? riskPicture(input) : null), [isHere, isBroken, there, input]);
  return isHere ? here : isBroken ? fallback : (there ?? fallback);
}

/** Asks a worker; while it calculates, only the newest question waits. */
function useAway(input: RiskInput | null): { picture: RiskPicture | null; isBroken: boolean } {
  const isWanted = input !== null;
  const [answer, setAnswer] = useState<{ picture: RiskPicture | null; isBroken: boolean }>({ picture: null, isBroken: false });
  const worker = useRef<Worker>(null);
  const isBusy = useRef(false);
  const waiting = useRef<RiskInput>(null);

  useEffect(() => {
    if (!isWanted) return;
    const made = new Worker(new URL('./risk.worker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    isBusy.current = false;
    made.addEventListener('message', ({ data }: MessageEvent<RiskAnswer>) => {
      setAnswer({ picture: data, isBroken: false });
      const next = waiting.current;
      waiting.current = null;
      isBusy.current = next !== null;
      if (next) made.postMessage(next satisfies RiskQuestion);
    });
    made.addEventListener('error', () => setAnswer({ picture: null, isBroken: true }));
    return () => {
      made.terminate();
      worker.current = null;
      setAnswer({ picture: null, isBroken: false });
    };
  }, [isWanted]);

  useEffect(() => {
    if (!input || !worker.current) return;
    if (isBusy.current) waiting.current = input;
    else {
      isBusy.current = true;
      worker.current.postMessage(input satisfies RiskQuestion);
    }
  }, [input]);
  return answer;
}
