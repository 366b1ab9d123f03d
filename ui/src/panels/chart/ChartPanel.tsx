import clsx from 'clsx';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { getData } from '../../api/client';
import { useFetched } from '../../api/useFetched';
import { useTheme } from '../../kit/appearance';
import { ticker } from '../../kit/format';
import { endJump, useJump } from '../../kit/jump';
import { Panel } from '../../kit/Panel';
import { setPrefs, usePrefs } from '../../kit/prefs';
import { Segmented } from '../../kit/Segmented';
import { Skeleton } from '../../kit/Skeleton';
import { words } from '../../kit/words';
import { type Timeframe, TIMEFRAMES } from '../../live/candles';
import { STALE_AFTER_SEC } from '../../live/freshness';
import { usePanelState } from '../../live/hooks';
import { takeCandles } from '../../live/prices';
import { useLine, usePrices } from '../../live/stores';
import type { Candle, CandleHistory } from '../../wire';
import css from './ChartPanel.module.css';
import { ChartTools } from './ChartTools';
import { Legend } from './Legend';
import type { ChartHandle } from './PriceChart';
import { BarTable } from './BarTable';
import { OverlayKey } from './OverlayKey';
import type { MenuHandle } from './OverlayMenu';
import { Summary } from './Summary';
import { useChartKeys } from './useChartKeys';
import { useChartOverlay } from './useChartOverlay';

const PriceChart = lazy(() => import('./PriceChart'));

const HISTORY_DAYS = 5;
const NO_BARS: Candle[] = [];
const FRAME_OPTIONS = TIMEFRAMES.map((value) => ({ value, text: value }));

/** Price bars of one symbol, the newest one moving with the market. */
export function ChartPanel({ symbol, className }: { symbol: string; className?: string | undefined }) {
  const timeframe = usePrefs((prefs) => prefs.timeframe);
  const theme = useTheme();
  const revision = useLine((line) => line.revision);
  const bars = usePrices((prices) => prices.books[symbol]?.bars[timeframe]) ?? NO_BARS;
  const spot = usePrices((prices) => prices.spots[symbol]);
  const bookTs = usePrices((prices) => prices.books[symbol]?.ts ?? null);
  const [isTable, setTable] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const handle = useRef<ChartHandle>(null);
  const menu = useRef<MenuHandle>(null);
  const overlay = useChartOverlay(symbol);
  const jump = useJump((now) => (now.jump?.symbol === symbol ? now.jump : null));
  const [seenJump, setSeenJump] = useState(jump);
  if (jump !== seenJump) {
    setSeenJump(jump);
    if (jump) setTable(false);
  }

  const load = useCallback(async (signal: AbortSignal) => {
    const history = await getData<CandleHistory>(`/api/models/candles/${encodeURIComponent(symbol)}?days=${HISTORY_DAYS}`, signal);
    usePrices.setState((prices) => takeCandles(prices, history));
  }, [symbol]);
  const fetched = useFetched(load, revision);

  const name = ticker(symbol);
  const asOf = bars.length > 0 ? Math.max(bookTs ?? 0, spot?.ts ?? 0) : null;
  const state = usePanelState({ ts: asOf, limitSec: STALE_AFTER_SEC.candles, isMarketBound: true, failure: fetched.failure, isFetching: fetched.isFetching });
  const nextFrame = useCallback(() => setPrefs({ timeframe: following(timeframe) }), [timeframe]);
  const openMenu = useCallback(() => menu.current?.toggle(), []);
  const keys = useChartKeys({ handle, count: bars.length, pointed, onFrame: nextFrame, onOverlays: openMenu, onUnmark: jump ? endJump : null });
  const shown = useMemo(() => (isTable ? bars.slice(-100).toReversed() : NO_BARS), [isTable, bars]);

  return (
    <Panel
      title={`${name} ${words.chart.title.toLowerCase()}`}
      className={clsx(css.panel, className)}
      state={state}
      asOf={asOf}
      empty={words.chart.empty(name)}
      onRetry={fetched.retry}
      note={<Segmented<Timeframe> label={words.chart.timeframe} options={FRAME_OPTIONS} value={timeframe} onChange={(next) => setPrefs({ timeframe: next })} />}
      actions={<ChartTools isTable={isTable} hasBars={bars.length > 0} onTable={setTable} handle={handle} menu={menu} symbol={symbol} />}
    >
      {isTable ? (
        <BarTable bars={shown} caption={words.chart.tableCaption(name, timeframe)} />
      ) : (
        <div className={css.stage} role="application" tabIndex={0} aria-label={words.chart.summary(name, timeframe, bars.length)} aria-describedby="chart-summary" onKeyDown={keys} data-testid="chart" data-symbol={symbol} data-timeframe={timeframe} data-bars={bars.length}>
          <Suspense fallback={<Skeleton />}>
            <PriceChart key={`${symbol}:${timeframe}`} bars={bars} prevClose={spot?.prev_close ?? null} theme={theme} overlay={overlay} mark={jump?.price ?? null} onPoint={setPointed} handle={handle} />
          </Suspense>
          <div className={css.over}>
            <Legend bar={bars[pointed ?? bars.length - 1]} before={bars[(pointed ?? bars.length - 1) - 1]} />
            <OverlayKey overlay={overlay} mark={jump?.price ?? null} />
          </div>
          <Summary id="chart-summary" bars={bars} overlay={overlay} />
        </div>
      )}
    </Panel>
  );
}

function following(frame: Timeframe): Timeframe {
  return TIMEFRAMES[(TIMEFRAMES.indexOf(frame) + 1) % TIMEFRAMES.length] ?? '5m';
}
