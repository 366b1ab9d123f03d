import { distance, dollars, price, score, share, strike } from '../../kit/format';
import { words } from '../../kit/words';
import type { BiasLfi, GexSummary, MarketMode, VixRegime } from '../../wire';
import { regimeWords } from './words';

export type LevelKind = 'callWall' | 'putWall' | 'zeroGamma' | 'flip' | 'node';

/** A price with the names it has. */
export interface Level {
  kinds: LevelKind[];
  price: number;
}

/** The nearest levels on either side of the price. */
export function levelsAround(spot: number, summary: GexSummary | undefined, nodes: number[]): { above: Level | null; below: Level | null } {
  const flips = [summary?.strike_flip.above, summary?.strike_flip.below];
  const named: [LevelKind, number | null | undefined][] = [
    ['callWall', summary?.call_wall], ['putWall', summary?.put_wall], ['zeroGamma', summary?.zero_gamma], ...flips.map((flip) => ['flip', flip] as [LevelKind, number | null]),
    ...nodes.map((node) => ['node', node] as [LevelKind, number]),
  ];
  let above: Level | null = null;
  let below: Level | null = null;
  for (const [kind, at] of named) {
    if (typeof at !== 'number') continue;
    if (at >= spot) above = nearer(above, kind, at, spot);
    else below = nearer(below, kind, at, spot);
  }
  return { above, below };
}

function nearer(held: Level | null, kind: LevelKind, at: number, spot: number): Level {
  if (held && held.price === at) return held.kinds.includes(kind) ? held : { ...held, kinds: [...held.kinds, kind] };
  return held && Math.abs(held.price - spot) < Math.abs(at - spot) ? held : { kinds: [kind], price: at };
}

/** Part of the expected move that the day's change has taken; null when either is unknown. */
export function usedOf(change: number | null | undefined, move: number | undefined): number | null {
  return typeof change === 'number' && move !== undefined && move > 0 ? Math.abs(change) / move : null;
}

/** Which way a directional strength points; a weak one points nowhere. */
export function leaning(strength: number): 'up' | 'down' | 'flat' {
  if (Math.abs(strength) < 10) return 'flat';
  return strength > 0 ? 'up' : 'down';
}

export interface RegimeInput {
  symbol: string;
  spot: number | undefined;
  /** The day's change, points. */
  change: number | null | undefined;
  summary: GexSummary | undefined;
  nodes: number[];
  mode: MarketMode | undefined;
  bias: BiasLfi | undefined;
  vix: VixRegime | null;
  /** Which sources are older than their limit. */
  old: Record<'gex' | 'mode' | 'bias' | 'vix', boolean>;
}

/** One thing to know, in a word or a number and what that means. */
export interface Fact {
  id: 'gamma' | 'zero' | 'flip' | 'callWall' | 'putWall' | 'above' | 'below' | 'mode' | 'bias' | 'lfi' | 'vix' | 'move';
  name: string;
  value: string;
  detail: string;
  hint?: string;
  /** The price to show on the chart. */
  at?: number;
  tone?: 'calm' | 'alert';
  isOld: boolean;
}

/** What the regime is, most telling first. What is unknown is a dash. */
export function factsOf(input: RegimeInput): Fact[] {
  const { old } = input;
  const facts = [...gammaFacts(input), ...marketFacts(input)];
  const sources: Record<Fact['id'], keyof typeof old> = {
    gamma: 'gex', zero: 'gex', flip: 'gex', callWall: 'gex', putWall: 'gex', above: 'gex', below: 'gex', mode: 'mode', bias: 'bias', lfi: 'bias', vix: 'vix', move: 'vix',
  };
  return facts.map((fact) => Object.assign(fact, { isOld: old[sources[fact.id]] }));
}

type Plain = Omit<Fact, 'isOld'>;

const placed = (at: number | null | undefined) => (typeof at === 'number' ? { at } : {});

function gammaFacts({ spot, summary, nodes }: RegimeInput): Plain[] {
  const w = regimeWords;
  const around = spot === undefined ? { above: null, below: null } : levelsAround(spot, summary, nodes);
  const far = (at: number | null | undefined) => (typeof at === 'number' && spot !== undefined ? distance(at - spot) : '');
  const level = (id: 'zero' | 'flip' | 'callWall' | 'putWall', at: number | null | undefined): Plain => ({ id, name: w[id], value: strike(at), detail: far(at), ...placed(at) });
  const next = (id: 'above' | 'below', found: Level | null): Plain => ({
    id, name: w[id], value: strike(found?.price), detail: found ? [far(found.price), found.kinds.map((kind) => words.levels[kind]).join(' · ')].join(' ') : w.none, ...placed(found?.price),
  });
  return [
    {
      id: 'gamma', name: w.gamma, value: summary ? w.gammas[summary.regime] : strike(null), detail: summary ? w.effects[summary.regime] : '',
      ...(summary && { hint: `${words.gravity.gammaHints[summary.regime]}, ${words.gravity.perPercent(dollars(summary.net_usd_per_pct))}` }),
      ...(summary && summary.regime !== 'neutral' && { tone: summary.regime === 'positive' ? 'calm' as const : 'alert' as const }),
    },
    level('zero', summary?.zero_gamma),
    level('flip', summary?.strike_flip.nearest),
    level('callWall', summary?.call_wall),
    level('putWall', summary?.put_wall),
    next('above', around.above),
    next('below', around.below),
  ];
}

function marketFacts({ symbol, spot, change, mode, bias, vix }: RegimeInput): Plain[] {
  const w = regimeWords;
  const { gravity } = words;
  const move = vix?.expected_move[symbol]?.dte0;
  const used = usedOf(change, move);
  return [
    { id: 'mode', name: w.mode, value: mode ? (gravity.modes[mode.mode] ?? mode.mode) : score(null), detail: mode ? w.of100(score(mode.score)) : '' },
    { id: 'bias', name: w.bias, value: distance(bias?.directional_strength), detail: bias ? gravity.biases[leaning(bias.directional_strength)] : '' },
    { id: 'lfi', name: w.lfi, value: score(bias?.lfi_score), detail: bias ? (bias.lfi_score >= 50 ? gravity.absorbs : gravity.accelerates) : '', hint: gravity.lfiHint },
    { id: 'vix', name: w.vix, value: vix?.regime ? (gravity.regimes[vix.regime] ?? vix.regime) : vix ? gravity.unknown : score(null), detail: vix ? w.vixAt(price(vix.vix)) : '' },
    {
      id: 'move', name: w.move, value: move === undefined ? score(null) : `±${score(move)}`, detail: used === null ? '' : w.used(share(used)),
      ...(move !== undefined && spot !== undefined && { hint: w.range(score(spot - move), score(spot + move)) }),
    },
  ];
}
