import { useCallback, useEffect, useRef, useState } from 'react';
import { getData } from '../api/client';
import { type Fetched, useFetched } from '../api/useFetched';
import type { Artifact, Gex, GravityContext, VolumeProfile } from '../wire';
import { fetchHeatmap } from './heatFeed';
import type { HeatmapBook } from './heatmap';
import { takeGex } from './models';
import { useHeatmaps, useLine, useModels } from './stores';

/** While a missed diff keeps the heatmap behind, the whole is asked for this often. */
const CATCH_UP_MS = 2000;
/** A profile grows with every trade; it is read again no oftener than this. */
const PROFILE_EVERY_MS = 15_000;
const CONTEXT_EVERY_MS = 5000;
/** What does not exist is asked for seldom: the stream tells when there is an artifact. */
const NOTHING_EVERY_MS = 60_000;

/** The stream brings the heatmap; it is asked for when the stream did not, or when a diff was missed; never when it is not wanted. */
export function useHeatmap(symbol: string, isWanted = true): { book: HeatmapBook | undefined; fetched: Fetched } {
  const book = useHeatmaps((books) => books[symbol]);
  const isComplete = useLine((line) => line.link.hasSnapshot);
  const isBehind = book !== undefined && book.waiting !== null;
  const isNeeded = isWanted && isComplete && (book === undefined || isBehind);
  const load = useCallback(async (signal: AbortSignal) => {
    if (isNeeded) await fetchHeatmap(symbol, signal);
  }, [symbol, isNeeded]);
  const fetched = useFetched(load, isBehind ? book.version : 0);
  const { isFetching, retry } = fetched;

  useEffect(() => {
    if (!isBehind || isFetching) return;
    const timer = setTimeout(retry, CATCH_UP_MS);
    return () => clearTimeout(timer);
  }, [isBehind, isFetching, retry]);
  return { book, fetched };
}

/** Gamma by strike; asked for when the stream did not bring it. */
export function useGex(symbol: string): Gex | undefined {
  const gex = useModels((models) => models.gex[symbol]);
  const isNeeded = useLine((line) => line.link.hasSnapshot) && gex === undefined;
  const load = useCallback(async (signal: AbortSignal) => {
    if (!isNeeded) return;
    const data = await getData<Gex>(`/api/models/gex/${encodeURIComponent(symbol)}`, signal);
    useModels.setState((models) => takeGex(models, data));
  }, [symbol, isNeeded]);
  useFetched(load, 0);
  return gex;
}

/** Volume by price, smoothed (`tv`) or as it was traded; read again when the stream tells of a new version. */
export function useProfile(symbol: string, isWanted: boolean, mode: VolumeProfile['mode'] = 'tv'): VolumeProfile | undefined {
  const version = useSlowly(useModels((models) => models.profilePointers[symbol]?.version), PROFILE_EVERY_MS);
  const revision = useLine((line) => line.revision);
  const isNeeded = useLine((line) => line.link.hasSnapshot) && isWanted;
  const load = useCallback(async (signal: AbortSignal) => {
    if (!isNeeded) return;
    const profile = await getData<VolumeProfile>(`/api/models/volume_profile?symbol=${encodeURIComponent(symbol)}${mode === 'raw' ? '&mode=raw' : ''}`, signal);
    useModels.setState(({ profiles }) => ({ profiles: { ...profiles, [symbol]: profile } }));
  }, [symbol, isNeeded, mode]);
  useFetched(load, `${revision} ${version}`);
  return useModels((models) => models.profiles[symbol]);
}

/** The artifact, read again when the stream tells of a new one, and the context, polled while the page is looked at. */
export function useGravity(symbol: string): { artifact: Artifact | undefined; context: GravityContext | undefined; fetched: Fetched } {
  const version = useSlowly(useModels((models) => models.artifactPointers[symbol]?.artifact_version), PROFILE_EVERY_MS);
  const revision = useLine((line) => line.revision);
  const isNeeded = useLine((line) => line.link.hasSnapshot);
  const isKnown = useModels((models) => models.artifactPointers[symbol] !== undefined || models.contexts[symbol] !== undefined);
  const round = useRounds(isKnown ? CONTEXT_EVERY_MS : NOTHING_EVERY_MS);
  const query = `?symbol=${encodeURIComponent(symbol)}`;

  const loadArtifact = useCallback(async (signal: AbortSignal) => {
    if (!isNeeded) return;
    const artifact = await getData<Artifact>(`/api/dealer-gravity/artifact${query}`, signal);
    useModels.setState(({ artifacts }) => ({ artifacts: { ...artifacts, [symbol]: artifact } }));
  }, [symbol, query, isNeeded]);
  const loadContext = useCallback(async (signal: AbortSignal) => {
    if (!isNeeded) return;
    const context = await getData<GravityContext>(`/api/dealer-gravity/context${query}`, signal);
    useModels.setState(({ contexts }) => ({ contexts: { ...contexts, [symbol]: context } }));
  }, [symbol, query, isNeeded]);
  useFetched(loadArtifact, `${revision} ${version}`);
  const fetched = useFetched(loadContext, `${revision} ${version} ${round}`);
  return { artifact: useModels((models) => models.artifacts[symbol]), context: useModels((models) => models.contexts[symbol]), fetched };
}

/** Grows by one every `everyMs` while the page can be seen and the line is open. */
function useRounds(everyMs: number): number {
  const isOpen = useLine((line) => line.link.phase === 'open');
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => !document.hidden && setRound((n) => n + 1), everyMs);
    return () => clearInterval(timer);
  }, [isOpen, everyMs]);
  return round;
}

/** `value`, changing no oftener than every `everyMs`; the newest one is always taken in the end. */
export function useSlowly<T>(value: T, everyMs: number): T {
  const [taken, setTaken] = useState(value);
  const takenMs = useRef(-Infinity);
  // The first there is: whoever waited for anything at all must not ask twice.
  if (taken === undefined && value !== undefined) setTaken(value);
  useEffect(() => {
    if (value === taken) return;
    const timer = setTimeout(() => {
      takenMs.current = performance.now();
      setTaken(value);
    }, Math.max(0, takenMs.current + everyMs - performance.now()));
    return () => clearTimeout(timer);
  }, [value, taken, everyMs]);
  return taken;
}
