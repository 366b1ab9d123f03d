import type { Leg } from '../api/positions';

/** `+1 5980P` on 6 March, `+1 5980P Apr` on 17 April. */
export function legs(...texts: string[]): Leg[] {
  return texts.map((text) => {
    const [, quantity, strike, letter, month] = /^([+-]\d+) ([\d.]+)([CP])(?: (Apr|May))?$/.exec(text) ?? [];
    const expiration = month === 'Apr' ? '2026-04-17' : month === 'May' ? '2026-05-15' : '2026-03-06';
    return { expiration, strike: Number(strike), right: letter === 'C' ? 'call' : 'put', quantity: Number(quantity) };
  });
}
