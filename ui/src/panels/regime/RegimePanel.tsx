import clsx from 'clsx';
import { useMemo } from 'react';
import { ticker } from '../../kit/format';
import { jumpTo } from '../../kit/jump';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { useIsOld, usePanelState } from '../../live/hooks';
import { useModels, usePrices } from '../../live/stores';
import { useRegime } from '../../live/useRegime';
import { type Fact, factsOf } from './facts';
import css from './RegimePanel.module.css';
import { regimeWords } from './words';

/** What kind of market it is and which levels are next, to be read in one look. */
export function RegimePanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const fetched = useRegime(symbol);
  const summaries = useModels((models) => models.gexSummaries);
  const mode = useModels((models) => models.modes[symbol]);
  const bias = useModels((models) => models.biases[symbol]);
  const vix = useModels((models) => models.vixRegime);
  const structures = useModels((models) => models.artifacts[symbol]?.structures ?? models.profiles[symbol]?.structures);
  const quote = usePrices((prices) => prices.spots[symbol]);
  const summary = summaries?.symbols[symbol];
  const ts = (summary && summaries?.ts) ?? mode?.ts ?? bias?.ts ?? null;
  const limitSec = summary ? STALE_AFTER_SEC.gex : STALE_AFTER_SEC.regime;
  const state = usePanelState({ ts, limitSec, isMarketBound: true, failure: fetched.failure, isFetching: fetched.isFetching });
  const old = {
    gex: useIsOld(summary && summaries?.ts, STALE_AFTER_SEC.gex),
    mode: useIsOld(mode?.ts, STALE_AFTER_SEC.regime),
    bias: useIsOld(bias?.ts, STALE_AFTER_SEC.regime),
    vix: useIsOld(vix?.ts, STALE_AFTER_SEC.regime) || vix?.stale === true,
  };
  const nodes = useMemo(() => structures?.volume_nodes.map((node) => node.price) ?? [], [structures]);
  const facts = factsOf({ symbol, spot: quote?.value ?? summary?.spot, change: quote?.change, summary, nodes, mode, bias, vix, old });

  return (
    <Panel
      title={regimeWords.title} className={clsx(css.strip, className)} state={state} asOf={ts} empty={regimeWords.empty(ticker(symbol))} onRetry={fetched.retry}
      skeleton={<Skeleton><div className={css.skeleton}><SkeletonBlock height={44} /></div></Skeleton>}
    >
      <dl className={css.facts} data-testid="regime" data-gamma={summary?.regime}>
        {facts.map((fact) => <Cell key={fact.id} fact={fact} symbol={symbol} />)}
      </dl>
    </Panel>
  );
}

function Cell({ fact: { id, name, value, detail, hint, at, tone, isOld }, symbol }: { fact: Fact; symbol: string }) {
  return (
    <div className={clsx(css.fact, isOld && css.old)} title={hint ?? (detail || undefined)} data-stat={name} data-fact={id} data-tone={tone} data-old={isOld || undefined}>
      <dt className={css.name}>{name}</dt>
      <dd className={css.value}>
        {at === undefined ? value : (
          <button type="button" className={css.level} aria-label={regimeWords.show(name, value)} onClick={() => jumpTo(symbol, at)}>{value}</button>
        )}
      </dd>
      <dd className={css.detail}>{isOld ? regimeWords.stale : detail}</dd>
    </div>
  );
}
