import { create } from 'zustand';
import { ApiError } from '../api/client';
import { type Position, type PositionDraft, type PositionsApi, positionsOf } from '../api/positions';
import type { Failure } from '../live/freshness';
import { feature } from '../live/gates';
import { useSession } from '../live/session';
import type { Tile } from '../wire';
import { usePrefs } from './prefs';
import { legsOfTile } from './risk/legs';

export const SERIES_COLOURS = 6;
export const UNDO_MS = 8000;

/** The caller's positions as the page holds them. */
export interface Positions {
  status: 'idle' | 'loading' | 'ready' | 'failed';
  failure: Failure | null;
  /** What went wrong with the last change; the positions are as they were before it. */
  refusal: Failure | null;
  all: Position[];
  selectedId: string | null;
  /** Deleted just now, and where it stood. */
  removed: { position: Position; place: number } | null;
  /** Grows when the risk graph should take the keyboard; the last wish that it took. */
  focusWish: number;
  focusTaken: number;
  /** Grows when a new position should be asked for; the last wish that was answered. */
  newWish: number;
  newTaken: number;
}

export const NO_POSITIONS: Positions = { status: 'idle', failure: null, refusal: null, all: [], selectedId: null, removed: null, focusWish: 0, focusTaken: 0, newWish: 0, newTaken: 0 };

/** Any panel may add positions here; the risk graph shows them. */
export const usePositions = create<Positions>(() => NO_POSITIONS);

let api: PositionsApi | null = null;
let letOpen: () => void = () => {};
/** What is added before the positions are there waits for them. */
let opening = new Promise<void>((resolve) => {
  letOpen = resolve;
});
let undoTimer: ReturnType<typeof setTimeout> | undefined;
let ofUser: string | null = null;

/** Loads the positions of `userId` and follows changes of them; the answer ends that. */
export function openPositions(userId: string, make: (userId: string) => PositionsApi = positionsOf): () => void {
  if (ofUser !== userId) usePositions.setState(NO_POSITIONS);
  ofUser = userId;
  const opened = make(userId);
  api = opened;
  opening = reloadPositions();
  void opening.then(letOpen);
  return opened.watch(() => void reloadPositions());
}

export async function reloadPositions(): Promise<void> {
  const asked = api;
  if (!asked) return;
  usePositions.setState(({ status }) => ({ status: status === 'ready' ? 'ready' : 'loading', failure: null }));
  try {
    const all = await asked.list();
    if (asked === api) usePositions.setState({ status: 'ready', all });
  } catch (error) {
    if (asked === api) usePositions.setState({ status: 'failed', failure: failureOf(error) });
  }
}

/** Where a tile becomes a position: bought once, at the price that the heatmap shows. Takes the keyboard to the risk graph. */
export async function addFromTile(tile: Tile, right: 'call' | 'put'): Promise<Position | null> {
  const side = tile[right];
  if (!side) return null;
  const isMarket = usePrefs.getState().heat.price === 'market';
  const [theory, market] = 'debit' in side ? [side.debit, side.market_debit] : [side.mid, side.market_mid];
  const cost = Math.round(100 * ((isMarket ? market : null) ?? theory)) / 100;
  const added = await addPosition({ symbol: tile.symbol, legs: legsOfTile(tile, right), cost, label: '' });
  if (added) usePositions.setState(({ focusWish }) => ({ focusWish: focusWish + 1 }));
  return added;
}

/** Adds at the end, in the next free colour, and selects it. */
export async function addPosition(draft: Pick<PositionDraft, 'symbol' | 'legs' | 'cost' | 'label'>): Promise<Position | null> {
  return attempt(async (client) => {
    refuseAbove(feature(useSession.getState().gates, 'risk_graph_max_strategies').limit);
    const added = await client.create({ ...draft, colour: freeColour(usePositions.getState().all), isVisible: true });
    usePositions.setState(({ all }) => ({ all: [...all, added], selectedId: added.id }));
    return added;
  });
}

export async function duplicatePosition(id: string): Promise<Position | null> {
  const held = usePositions.getState().all.find((each) => each.id === id);
  return held ? addPosition(held) : null;
}

/** Shows the change at once; takes it back when it is refused. */
export async function updatePosition(id: string, change: Partial<PositionDraft>): Promise<Position | null> {
  replace(id, (held) => ({ ...held, ...change }));
  return attempt(async (client) => {
    const changed = await client.update(id, change);
    replace(id, () => changed);
    return changed;
  });
}

/** Deletes; for eight seconds it can be taken back. */
export async function removePosition(id: string): Promise<void> {
  const { all, selectedId } = usePositions.getState();
  const place = all.findIndex((each) => each.id === id);
  const position = all[place];
  if (!position) return;
  const rest = all.filter((each) => each.id !== id);
  const neighbour = rest[Math.min(place, rest.length - 1)]?.id ?? null;
  usePositions.setState({ all: rest, removed: { position, place }, selectedId: selectedId === id ? neighbour : selectedId });
  clearTimeout(undoTimer);
  undoTimer = setTimeout(forgetRemoved, UNDO_MS);
  await attempt((client) => client.remove(id));
}

export async function undoRemove(): Promise<void> {
  const { removed } = usePositions.getState();
  if (!removed) return;
  forgetRemoved();
  const { id: _id, version: _version, ...draft } = removed.position;
  await attempt(async (client) => {
    const back = await client.create(draft);
    usePositions.setState(({ all }) => ({ all: all.toSpliced(removed.place, 0, back), selectedId: back.id }));
    await client.reorder(usePositions.getState().all.map((each) => each.id));
  });
}

export function forgetRemoved() {
  clearTimeout(undoTimer);
  usePositions.setState({ removed: null });
}

export function forgetRefusal() {
  usePositions.setState({ refusal: null });
}

/** One place up (-1) or down (1). */
export async function shiftPosition(id: string, by: 1 | -1): Promise<void> {
  const { all } = usePositions.getState();
  const place = all.findIndex((each) => each.id === id);
  const held = all[place];
  if (!held || !all[place + by]) return;
  const next = all.toSpliced(place, 1).toSpliced(place + by, 0, held);
  usePositions.setState({ all: next });
  await attempt((client) => client.reorder(next.map((each) => each.id)));
}

/** Asks the risk graph to open its form for a new position. */
export function askForNew() {
  usePositions.setState(({ newWish }) => ({ newWish: newWish + 1 }));
}

/** How many wishes the risk graph has met: with more of them it is to come to the front. */
export function wishesTaken(): number {
  const { focusTaken, newTaken } = usePositions.getState();
  return focusTaken + newTaken;
}

/** The form was opened, or cannot be. */
export function takeNewWish() {
  usePositions.setState(({ newWish }) => ({ newTaken: newWish }));
}

export function selectPosition(selectedId: string | null) {
  usePositions.setState({ selectedId });
}

function replace(id: string, next: (held: Position) => Position) {
  usePositions.setState(({ all }) => ({ all: all.map((each) => (each.id === id ? next(each) : each)) }));
}

/** What is refused is told, and what is kept is read again. */
async function attempt<T>(act: (client: PositionsApi) => Promise<T>): Promise<T | null> {
  if (feature(useSession.getState().gates, 'risk_graph_max_strategies').isOpen) await opening;
  if (!api) return null;
  usePositions.setState({ refusal: null });
  try {
    return await act(api);
  } catch (error) {
    usePositions.setState({ refusal: failureOf(error) });
    await reloadPositions();
    return null;
  }
}

function refuseAbove(limit: number | null) {
  const count = usePositions.getState().all.length;
  if (limit !== null && count >= limit) throw new ApiError('limit_reached', `Your tier keeps ${limit} positions at most.`, 429, null);
}

function failureOf(error: unknown): Failure {
  return error instanceof ApiError ? error : { code: 'storage_unreadable', message: 'The positions could not be read.', requestId: null };
}

/** The first colour that is used least. */
function freeColour(all: readonly Position[]): number {
  const counts = Array.from({ length: SERIES_COLOURS }, (_, colour) => all.filter((each) => each.colour === colour).length);
  return counts.indexOf(Math.min(...counts));
}
