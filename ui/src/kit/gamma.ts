import type { Gex, GexSummary } from '../wire';

/** Gamma of one strike, shares per point, both without sign. */
export interface StrikeGamma {
  strike: number;
  call: number;
  put: number;
}

/** A price that has a name. */
export interface Level {
  kind: 'callWall' | 'putWall' | 'zeroGamma' | 'flip';
  price: number;
}

/** Expiration dates that have gamma, the nearest first. */
export function expirationsOf(gex: Gex | undefined): string[] {
  const dates = [...Object.keys(gex?.calls?.expirations ?? {}), ...Object.keys(gex?.puts?.expirations ?? {})];
  return [...new Set(dates)].toSorted();
}

/** Gamma by strike, ascending, of one expiration or of all (`null`). */
export function strikesOf(gex: Gex | undefined, expiration: string | null): StrikeGamma[] {
  const sums = new Map<number, StrikeGamma>();
  for (const right of ['call', 'put'] as const) {
    for (const [date, strikes] of Object.entries(gex?.[`${right}s`]?.expirations ?? {})) {
      if (expiration !== null && date !== expiration) continue;
      for (const [text, gamma] of Object.entries(strikes)) {
        const strike = Number(text);
        const held = sums.get(strike) ?? { strike, call: 0, put: 0 };
        sums.set(strike, { ...held, [right]: held[right] + gamma });
      }
    }
  }
  return [...sums.values()].toSorted((a, b) => a.strike - b.strike);
}

/** The date that the user's choice stands for now; null is all of them. A date that has passed gives way to the nearest. */
export function expirationOf(choice: string, dates: string[]): string | null {
  if (choice === 'all') return null;
  return (dates.includes(choice) ? choice : dates[0]) ?? null;
}

/** The levels that are wanted and known. */
export function levelsOf(summary: GexSummary | undefined, wants: { levels: boolean; flip: boolean }): Level[] {
  if (!summary) return [];
  const named: [Level['kind'], number | null, boolean][] = [
    ['callWall', summary.call_wall, wants.levels], ['zeroGamma', summary.zero_gamma, wants.flip], ['flip', summary.strike_flip.nearest, wants.flip], ['putWall', summary.put_wall, wants.levels],
  ];
  return named.flatMap(([kind, price, isWanted]) => (price === null || !isWanted ? [] : [{ kind, price }]));
}
