import { describe, expect, test, vi } from 'vitest';
import { legs } from '../test/legs';
import { type PositionDraft, positionsOf } from './positions';

const PLACE = 'ms:positions:7';
const draftOf = (change: Partial<PositionDraft> = {}): PositionDraft => ({
  symbol: 'I:SPX', legs: legs('+1 6370C', '-2 6400C', '+1 6430C'), cost: 1.45, label: '', colour: 0, isVisible: true, ...change,
});

describe('positions kept in the browser', () => {
  test('are created, changed, ordered and removed', async () => {
    const api = positionsOf('7');
    const [a, b] = [await api.create(draftOf()), await api.create(draftOf({ label: 'second' }))];
    expect(await api.list()).toEqual([a, b]);
    expect(await api.update(a.id, { cost: 2 })).toEqual({ ...a, cost: 2, version: 2 });
    await api.reorder([b.id, a.id]);
    expect((await api.list()).map(({ id }) => id)).toEqual([b.id, a.id]);
    await api.remove(b.id);
    expect((await positionsOf('7').list()).map(({ id }) => id)).toEqual([a.id]);
  });

  test('belong to their user', async () => {
    await positionsOf('7').create(draftOf());
    expect(await positionsOf('8').list()).toEqual([]);
  });

  test('a change of what is gone is refused', async () => {
    await expect(positionsOf('7').update('none', { cost: 1 })).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([['{', []], ['null', []], ['{"format":1}', []], ['{"format":99,"positions":[]}', []], ['{"format":1,"positions":[{"id":1},null,"x"]}', []]])('broken content %s is put aside, not lost', async (text, expected) => {
    localStorage.setItem(PLACE, text);
    const api = positionsOf('7');
    expect(await api.list()).toEqual(expected);
    await api.create(draftOf());
    expect(await api.list()).toHaveLength(1);
    expect(localStorage.getItem(`${PLACE}:broken`)).toBe(text);
  });

  test('of a broken list the readable positions stay', async () => {
    const good = await positionsOf('7').create(draftOf());
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? '{}') as { positions: unknown[] };
    localStorage.setItem(PLACE, JSON.stringify({ ...kept, positions: [{ ...good, legs: [] }, { ...good, cost: null }, good, { ...good, legs: [{ ...good.legs[0], quantity: 0.5 }] }] }));
    expect(await positionsOf('7').list()).toEqual([good]);
  });

  test('a full browser is told of', async () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    };
    await expect(positionsOf('7', full).create(draftOf())).rejects.toMatchObject({ code: 'storage_full' });
  });

  test('changes in another tab are told of', () => {
    const onChange = vi.fn<() => void>();
    const stop = positionsOf('7').watch(onChange);
    window.dispatchEvent(new StorageEvent('storage', { key: PLACE }));
    window.dispatchEvent(new StorageEvent('storage', { key: 'other' }));
    stop();
    window.dispatchEvent(new StorageEvent('storage', { key: PLACE }));
    expect(onChange).toHaveBeenCalledTimes(1);
  });
});
