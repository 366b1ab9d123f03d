import { useCallback } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { getData } from '../../api/client';
import { useFetched } from '../../api/useFetched';
import { Panel } from '../../kit/Panel';
import { Skeleton, SkeletonBlock } from '../../kit/Skeleton';
import { inOrder } from '../../kit/symbols';
import { words } from '../../kit/words';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { usePanelState } from '../../live/hooks';
import { newestSpotTs } from '../../live/prices';
import { take, useLine, usePrices } from '../../live/stores';
import type { Spot, SpotMap } from '../../wire';
import { Tile } from './Tile';
import css from './TilesPanel.module.css';

const GROUPS: Spot['type'][] = ['index', 'etf', 'stock'];

/** The last price of every symbol. */
export function TilesPanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const revision = useLine((line) => line.revision);
  const newestTs = usePrices((prices) => newestSpotTs(prices.spots));
  const groups = usePrices(useShallow((prices) => inOrder(Object.values(prices.spots)).map((spot) => `${spot.type} ${spot.symbol}`)));

  const load = useCallback(async (signal: AbortSignal) => {
    const data = await getData<SpotMap>('/api/models/spot', signal);
    take([{ event: 'spot', data }]);
  }, []);
  const fetched = useFetched(load, revision);
  const state = usePanelState({ ts: newestTs, limitSec: STALE_AFTER_SEC.spot, isMarketBound: true, failure: fetched.failure, isFetching: fetched.isFetching });

  return (
    <Panel title={words.tiles.title} className={className} state={state} asOf={newestTs} empty={words.tiles.empty} onRetry={fetched.retry} skeleton={<TilesSkeleton />}>
      <div className={css.scroll}>
        {GROUPS.map((type) => {
          const symbols = groups.filter((entry) => entry.startsWith(`${type} `)).map((entry) => entry.slice(type.length + 1));
          return symbols.length > 0 && (
            <section key={type} aria-label={words.tiles.group[type]}>
              <h3 className={css.group}>{words.tiles.group[type]}</h3>
              <ul className={css.grid}>
                {symbols.map((each) => <li key={each}><Tile symbol={each} isSelected={each === symbol} /></li>)}
              </ul>
            </section>
          );
        })}
      </div>
    </Panel>
  );
}

function TilesSkeleton() {
  return (
    <Skeleton>
      <div className={css.skeleton}>
        {Array.from({ length: 16 }, (_, n) => <SkeletonBlock key={n} height={68} />)}
      </div>
    </Skeleton>
  );
}
