import { describe, expect, test } from 'vitest';
import { notation } from '../../kit/risk/legs';
import { legs } from '../../test/legs';
import { type Form, formOf, legsSoFar, legText, newForm, pickFaults, read, withLegsOfPick } from './draft';

const around = { symbol: 'I:SPX', spot: 6632.41, expiration: '2025-11-21', step: 5, width: 20 };
const form = (change: Partial<Form> = {}) => withLegsOfPick({ ...newForm(around), cost: '3.2', ...change });

describe('a position as it is typed', () => {
  test('begins as a butterfly around the price, without a cost', () => {
    expect(notation(legsSoFar(newForm(around)))).toBe('+1/−2/+1 C 6610/6630/6650');
    expect(read(newForm(around))).toEqual({ ready: null, faults: { cost: true } });
    expect(read(newForm({ ...around, spot: null })).faults).toEqual({ strike: true, cost: true });
  });

  test.each<[Partial<Form>, string]>([
    [{ quantity: '2', direction: 'short' }, '−2/+4/−2 C 6610/6630/6650'], [{ pick: 'vertical', right: 'put' }, '−1/+1 P 6610/6630'], [{ pick: 'single', strike: '6,600.5' }, '+1 C 6600.5'],
    [{ pick: 'straddle' }, '+1/+1 6630P/6630C'], [{ pick: 'iron_fly', width: '30' }, '−1/+1/+1/−1 6600P/6630P/6630C/6660C'],
  ])('%j', (change, expected) => {
    expect(notation(read(form(change)).ready?.legs ?? [])).toBe(expected);
  });

  test.each<[Partial<Form>, object]>([
    [{ strike: '' }, { strike: true }], [{ strike: '-5' }, { strike: true }], [{ width: '0' }, { width: true }], [{ width: '9000' }, { width: true }], [{ quantity: '1.5' }, { quantity: true }],
    [{ quantity: '0' }, { quantity: true }], [{ expiration: '' }, { expiration: true }],
  ])('%j is wrong', (change, faults) => {
    expect(pickFaults({ ...newForm(around), ...change })).toEqual(faults);
    expect(read(form(change)).ready).toBeNull();
  });

  test('legs, cost and label are checked', () => {
    const kept = formOf({ id: 'a', version: 1, symbol: 'I:SPX', legs: legs('+1 6370C', '-2 6400C', '+1 6430C'), cost: -1.45, label: 'mine', colour: 0, isVisible: true });
    expect(read(kept).ready).toEqual({ legs: legs('+1 6370C', '-2 6400C', '+1 6430C'), cost: -1.45, label: 'mine' });
    expect(read({ ...kept, legs: [] }).faults).toEqual({ legs: true });
    expect(read({ ...kept, legs: legs('+1 6370C', '-1 6370C').map(legText) }).faults).toEqual({ legs: true });
    expect(read({ ...kept, cost: 'x', label: 'y'.repeat(61) }).faults).toEqual({ cost: true, label: true });
  });
});
