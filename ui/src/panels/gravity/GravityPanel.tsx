import { distance, dollars, share, strike, ticker, wholeAge } from '../../kit/format';
import { jumpTo } from '../../kit/jump';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { useIsOld, usePanelState } from '../../live/hooks';
import { ageOf } from '../../live/line';
import { useLine, useModels, usePrices } from '../../live/stores';
import { useGravity } from '../../live/useModels';
import type { Artifact, GexSummary, GravityContext } from '../../wire';
import { ladder, toNode } from './gravity';
import css from './GravityPanel.module.css';
import { Ladder } from './Ladder';
import { MiniProfile } from './MiniProfile';
import { Stats } from './Stats';
import { gravityWords } from './words';

/** Where the price stands among volume and gamma. */
export function GravityPanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const { artifact, context, fetched } = useGravity(symbol);
  const summaries = useModels((models) => models.gexSummaries);
  const summary = summaries?.symbols[symbol];
  const spot = usePrices((prices) => prices.spots[symbol]?.value) ?? context?.spot ?? summary?.spot;
  const ts = context?.ts ?? (summary ? (summaries?.ts ?? null) : null);
  const state = usePanelState({ ts, limitSec: STALE_AFTER_SEC.regime, isMarketBound: true, failure: fetched.failure, isFetching: fetched.isFetching });
  const isGexOld = useIsOld(summary && summaries?.ts, STALE_AFTER_SEC.gex);
  const name = ticker(symbol);

  return (
    <Panel
      title={words.gravity.title}
      className={className}
      state={state}
      asOf={ts}
      empty={words.gravity.empty(name)}
      onRetry={fetched.retry}
      skeleton={<GravitySkeleton />}
      note={artifact?.meta.status === 'building' && <span className={css.note}>{words.gravity.building}</span>}
    >
      <div className={css.scroll}>
        <Where context={context} spot={spot} symbol={symbol} />
        {spot !== undefined && (
          <div className={css.levels}>
            <Ladder rungs={ladder(spot, summary, context?.nearest_volume_node ?? null)} spot={spot} onShow={(price) => jumpTo(symbol, price)} />
            {artifact && (
              <div className={css.mini}><MiniProfile artifact={artifact} spot={spot} /></div>
            )}
          </div>
        )}
        {summary && <Gamma summary={summary} isOld={isGexOld} />}
        <Stats context={context} />
        {artifact && <Version meta={artifact.meta} />}
      </div>
    </Panel>
  );
}

function Where({ context, spot, symbol }: { context: GravityContext | undefined; spot: number | undefined; symbol: string }) {
  const far = context ? toNode(spot === undefined ? context : { ...context, spot }) : null;
  const node = context?.nearest_volume_node;
  const well = context?.volume_well_proximity ?? null;
  const shown = typeof node === 'number' && (
    <button type="button" className={css.node} aria-label={gravityWords.show(words.levels.node, strike(node))} title={gravityWords.showHint} onClick={() => jumpTo(symbol, node)}>{strike(node)}</button>
  );
  return (
    <div className={css.where} data-testid="gravity-where">
      <p className={css.sentence}>
        {far === null || node === undefined ? words.gravity.noNode : (
          Math.abs(far) < 0.05 ? <>{words.gravity.at} {shown}</> : (
            <><b>{distance(Math.abs(far)).slice(1)}</b> {far < 0 ? words.gravity.above : words.gravity.below} {shown}</>
          )
        )}
      </p>
      <p className={css.flags}>
        {context?.in_crevasse && <span className={css.flag} data-testid="in-crevasse">{words.gravity.crevasse}</span>}
        {!context?.in_crevasse && well === 0 && <span className={css.flag}>{words.gravity.well}</span>}
        {well !== null && well > 0 && <span>{words.gravity.wellFar(percentFar(well))}</span>}
      </p>
    </div>
  );
}

function Gamma({ summary, isOld }: { summary: GexSummary; isOld: boolean }) {
  return (
    <p className={css.gamma} data-regime={summary.regime} data-old={isOld || undefined} data-testid="gamma-regime">
      <b>{words.gravity.gammas[summary.regime]}</b>
      <span>{isOld ? words.tiles.stale : words.gravity.gammaHints[summary.regime]}</span>
      <span className={css.amount}>{words.gravity.perPercent(dollars(summary.net_usd_per_pct))}</span>
    </p>
  );
}

/** Which profile all of this was made of, and how old it is. */
function Version({ meta: { artifact_version, days, source, ts } }: { meta: Artifact['meta'] }) {
  const age = useLine((line) => wholeAge(ageOf(line, ts)));
  return <p className={css.version} title={gravityWords.source(source)} data-testid="gravity-version">{gravityWords.profileOf(artifact_version, days, age)}</p>;
}

function percentFar(well: number): string {
  return well < 0.01 ? `${(100 * well).toFixed(2)} %` : share(well);
}

function GravitySkeleton() {
  return (
    <Skeleton>
      <div className={css.skeleton}>
        {[36, 144, 26, 48, 24].map((height) => <SkeletonBlock key={height} height={height} />)}
      </div>
    </Skeleton>
  );
}
