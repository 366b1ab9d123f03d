import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError } from '../api/client';
import { type PositionsApi, positionsOf } from '../api/positions';
import { NOBODY, useSession } from '../live/session';
import { tileOf } from '../test/samples';
import {
  addFromTile, addPosition, duplicatePosition, NO_POSITIONS, openPositions, removePosition, shiftPosition, UNDO_MS, undoRemove, updatePosition, usePositions,
} from './positions';
import { FIRST_PREFS, setHeat, usePrefs } from './prefs';
import { notation } from './risk/legs';

const held = () => usePositions.getState();
const labels = () => held().all.map(({ label }) => label);
const add = (label: string) => addPosition({ symbol: 'I:SPX', legs: [{ expiration: '2025-11-21', strike: 6600, right: 'call', quantity: 1 }], cost: 3, label });

beforeEach(() => {
  usePositions.setState(NO_POSITIONS, true);
  usePrefs.setState(FIRST_PREFS);
  return openPositions('7');
});

describe('positions', () => {
  test('a tile is bought at the price the heatmap shows, selected, and takes the keyboard', async () => {
    const tile = tileOf('butterfly', 6600, 20, 3.456, 10);
    const added = await addFromTile(tile, 'put');
    expect(notation(added?.legs ?? [])).toBe('+1/−2/+1 P 6580/6600/6620');
    expect(held()).toMatchObject({ selectedId: added?.id, focusWish: 1, all: [{ cost: 3.46, symbol: 'I:SPX', colour: 0 }] });
    setHeat({ price: 'market' });
    expect((await addFromTile({ ...tile, call: { debit: 3, max_profit: 17, max_loss: 3, market_debit: 2.9, change_pct: 0 } }, 'call'))?.cost).toBe(2.9);
    expect((await addFromTile(tile, 'call'))?.cost).toBe(3.46);
    expect(await addFromTile({ ...tile, put: undefined } as never, 'put')).toBeNull();
  });

  test('new ones take the colour that is used least', async () => {
    for (const label of ['a', 'b', 'c']) await add(label);
    await removePosition(held().all[1]?.id ?? '');
    expect((await add('d'))?.colour).toBe(1);
  });

  test('a deleted one comes back to its place for eight seconds', async () => {
    vi.useFakeTimers();
    for (const label of ['a', 'b', 'c']) await add(label);
    await removePosition(held().all[1]?.id ?? '');
    expect(labels()).toEqual(['a', 'c']);
    await undoRemove();
    expect(labels()).toEqual(['a', 'b', 'c']);
    expect((await positionsOf('7').list()).map(({ label }) => label)).toEqual(['a', 'b', 'c']);
    await removePosition(held().all[0]?.id ?? '');
    vi.advanceTimersByTime(UNDO_MS - 1);
    expect(held().removed).not.toBeNull();
    vi.advanceTimersByTime(1);
    expect(held().removed).toBeNull();
    await undoRemove();
    expect(labels()).toEqual(['b', 'c']);
    vi.useRealTimers();
  });

  test('are ordered and duplicated', async () => {
    for (const label of ['a', 'b', 'c']) await add(label);
    await shiftPosition(held().all[2]?.id ?? '', -1);
    await shiftPosition(held().all[0]?.id ?? '', -1);
    expect(labels()).toEqual(['a', 'c', 'b']);
    await duplicatePosition(held().all[0]?.id ?? '');
    expect(labels()).toEqual(['a', 'c', 'b', 'a']);
    expect((await positionsOf('7').list()).map(({ label }) => label)).toEqual(['a', 'c', 'b', 'a']);
  });

  test('what is refused is taken back and told', async () => {
    const added = await add('a');
    const kept = positionsOf('7');
    const refusing: PositionsApi = { ...kept, update: () => Promise.reject(new ApiError('storage_full', 'Full.', 0, null)) };
    openPositions('7', () => refusing);
    await updatePosition(added?.id ?? '', { cost: 99 });
    expect(held().refusal?.code).toBe('storage_full');
    expect(held().all[0]?.cost).toBe(3);
  });

  test('a tier keeps no more than its gate allows', async () => {
    useSession.setState({ gates: { mode: 'tier_gated', user_tier: 'observer', tiers: { observer: { risk_graph_max_strategies: 1 } }, defaults: {} } as never });
    await add('a');
    expect(await add('b')).toBeNull();
    expect(held()).toMatchObject({ refusal: { code: 'limit_reached' }, all: [{ label: 'a' }] });
    useSession.setState(NOBODY, true);
  });

  test('another user does not see them', async () => {
    await add('a');
    openPositions('8');
    await vi.waitFor(() => expect(held().status).toBe('ready'));
    expect(held().all).toEqual([]);
  });

  test('what cannot be read is a failure', async () => {
    openPositions('9', () => ({ ...positionsOf('9'), list: () => Promise.reject(new ApiError('http_500', 'Away.', 500, 'r1')) }));
    await vi.waitFor(() => expect(held()).toMatchObject({ status: 'failed', failure: { code: 'http_500' } }));
  });
});
