import { distance, dollars, share, strike, ticker } from '../../kit/format';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { useIsOld, usePanelState } from '../../live/hooks';
import { useLive } from '../../live/store';
import { useGravity } from '../../live/useModels';
import type { GexSummary, GravityContext } from '../../wire';
import { ladder, toNode } from './gravity';
import css from './GravityPanel.module.css';
import { Ladder } from './Ladder';
import { MiniProfile } from './MiniProfile';
import { Stats } from './Stats';

/** Where the price stands among volume and gamma, and what kind of market that makes. */
export function GravityPanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const { artifact, context, fetched } = useGravity(symbol);
  const summaries = useLive((live) => live.models.gexSummaries);
  const mode = useLive((live) => live.models.modes[symbol]);
  const bias = useLive((live) => live.models.biases[symbol]);
  const vix = useLive((live) => live.models.vixRegime);
  const summary = summaries?.symbols[symbol];
  const spot = useLive((live) => live.spots[symbol]?.value) ?? context?.spot ?? summary?.spot;
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
        <Where context={context} spot={spot} />
        {spot !== undefined && (
          <div className={css.levels}>
            <Ladder rungs={ladder(spot, summary, context?.nearest_volume_node ?? null)} spot={spot} />
            {artifact && (
              <div className={css.mini} title={words.gravity.version(artifact.meta.artifact_version, artifact.meta.days)}>
                <MiniProfile artifact={artifact} spot={spot} />
              </div>
            )}
          </div>
        )}
        {summary && <Gamma summary={summary} isOld={isGexOld} />}
        <Stats symbol={symbol} context={context} mode={mode} bias={bias} vix={vix} />
      </div>
    </Panel>
  );
}

function Where({ context, spot }: { context: GravityContext | undefined; spot: number | undefined }) {
  const far = context ? toNode(spot === undefined ? context : { ...context, spot }) : null;
  const node = context?.nearest_volume_node;
  const well = context?.volume_well_proximity ?? null;
  return (
    <div className={css.where} data-testid="gravity-where">
      <p className={css.sentence}>
        {far === null || node === undefined ? words.gravity.noNode : (
          Math.abs(far) < 0.05 ? <>{words.gravity.at} <b>{strike(node)}</b></> : (
            <><b>{distance(Math.abs(far)).slice(1)}</b> {far < 0 ? words.gravity.above : words.gravity.below} <b>{strike(node)}</b></>
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

function percentFar(well: number): string {
  return well < 0.01 ? `${(100 * well).toFixed(2)} %` : share(well);
}

function GravitySkeleton() {
  return (
    <Skeleton>
      <div className={css.skeleton}>
        {[36, 138, 26, 150].map((height) => <SkeletonBlock key={height} height={height} />)}
      </div>
    </Skeleton>
  );
}
