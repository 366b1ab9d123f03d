import clsx from 'clsx';
import type { CSSProperties, ReactNode } from 'react';
import { distance, price, score, share } from '../../kit/format';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { useIsOld } from '../../live/hooks';
import type { BiasLfi, GravityContext, MarketMode, VixRegime } from '../../wire';
import { leaning } from './gravity';
import css from './Stats.module.css';

interface StatProps {
  name: string;
  hint?: string;
  value: string;
  word: ReactNode;
  /** 0 to 1; undefined draws no meter. */
  meter?: number | undefined;
  /** The meter starts in the middle, -1 to 1. */
  isSigned?: boolean;
  isOld?: boolean;
}

function Stat({ name, hint, value, word, meter, isSigned = false, isOld = false }: StatProps) {
  const length = Math.min(1, Math.abs(meter ?? 0)) * (isSigned ? 50 : 100);
  const start = isSigned && (meter ?? 0) >= 0 ? 50 : isSigned ? 50 - length : 0;
  return (
    <div className={clsx(css.stat, isOld && css.old)} title={hint} data-stat={name} data-old={isOld || undefined}>
      <dt className={css.name}>{name}</dt>
      <dd className={css.value}>{value} <span className={css.word}>{isOld ? words.tiles.stale : word}</span></dd>
      <dd className={clsx(css.track, isSigned && css.signed)} aria-hidden="true">
        {meter !== undefined && <i style={{ '--from': `${start}%`, '--long': `${length}%` } as CSSProperties} />}
      </dd>
    </div>
  );
}

export interface StatsProps {
  symbol: string;
  context: GravityContext | undefined;
  mode: MarketMode | undefined;
  bias: BiasLfi | undefined;
  vix: VixRegime | null;
}

/** Six numbers on what kind of market it is. */
export function Stats({ symbol, context, mode, bias, vix }: StatsProps) {
  const isModeOld = useIsOld(mode?.ts, STALE_AFTER_SEC.regime);
  const isBiasOld = useIsOld(bias?.ts, STALE_AFTER_SEC.regime);
  const isVixOld = useIsOld(vix?.ts, STALE_AFTER_SEC.regime) || vix?.stale === true;
  const move = vix?.expected_move[symbol]?.dte0;
  const { gravity } = words;
  return (
    <dl className={css.stats}>
      <Stat name={gravity.memory} hint={gravity.memoryHint} value={share(context?.market_memory_strength)} word="" meter={context?.market_memory_strength} />
      <Stat name={gravity.alignment} hint={gravity.alignmentHint} value={share(context?.gamma_alignment)} word="" meter={context?.gamma_alignment ?? undefined} />
      <Stat name={gravity.mode} value={score(mode?.score)} word={mode && (gravity.modes[mode.mode] ?? mode.mode)} meter={mode && mode.score / 100} isOld={isModeOld} />
      <Stat name={gravity.lfi} hint={gravity.lfiHint} value={score(bias?.lfi_score)} word={bias && (bias.lfi_score >= 50 ? gravity.absorbs : gravity.accelerates)} meter={bias && bias.lfi_score / 100} isOld={isBiasOld} />
      <Stat name={gravity.bias} value={distance(bias?.directional_strength)} word={bias && gravity.biases[leaning(bias.directional_strength)]} meter={bias && bias.directional_strength / 100} isSigned isOld={isBiasOld} />
      <Stat
        name={gravity.vix}
        {...(move !== undefined && { hint: gravity.move(score(move)) })}
        value={price(vix?.vix)}
        word={vix && (vix.regime ? (gravity.regimes[vix.regime] ?? vix.regime) : gravity.unknown)}
        meter={typeof vix?.vix === 'number' ? vix.vix / 50 : undefined}
        isOld={isVixOld}
      />
    </dl>
  );
}
