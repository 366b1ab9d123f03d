import { lazy, type ReactNode, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useJump } from '../kit/jump';
import { price } from '../kit/format';
import { ColumnSet } from '../kit/layout/ColumnSet';
import { FrameContext } from '../kit/layout/frame';
import type { PanelId } from '../kit/layout/layout';
import { reveal, useArrangement } from '../kit/layout/store';
import { useFocusKeys } from '../kit/layout/useFocusKeys';
import { useWidthClass } from '../kit/layout/useWidthClass';
import { layoutWords } from '../kit/layout/words';
import { PanelBoundary } from '../kit/PanelBoundary';
import { usePositions, wishesTaken } from '../kit/positions';
import { usePrefs } from '../kit/prefs';
import { usePageTitle } from '../kit/usePageTitle';
import { words } from '../kit/words';
import { ChartPanel } from '../panels/chart/ChartPanel';
import { FleetPanel } from '../panels/fleet/FleetPanel';
import { GravityPanel } from '../panels/gravity/GravityPanel';
import { HeatmapPanel } from '../panels/heatmap/HeatmapPanel';
import { LogPanel } from '../panels/log/LogPanel';
import { RegimePanel } from '../panels/regime/RegimePanel';
import { TilesPanel } from '../panels/tiles/TilesPanel';
import { PanelTabs, type Tab, TABS, tabOf } from './PanelTabs';
import css from './WorkspacePage.module.css';

const RiskPanel = lazy(async () => ({ default: (await import('../panels/risk/RiskPanel')).RiskPanel }));

/** Where a trader works: the regime above, then chart, heatmap, risk and what stands beside them. */
export default function WorkspacePage() {
  usePageTitle(words.pageTitle);
  const symbol = usePrefs((prefs) => prefs.symbol);
  const width = useWidthClass();
  const isArranged = useArrangement((now) => now.width === width && now.shown.length > 0);
  const [tab, setTab] = useState<Tab>('chart');
  const panels = useMemo<Partial<Record<PanelId, ReactNode>>>(() => ({
    chart: <ChartPanel key={symbol} symbol={symbol} />,
    heatmap: <HeatmapPanel key={symbol} symbol={symbol} />,
    risk: <PanelBoundary><Suspense fallback={<div className={css.waiting} />}><RiskPanel symbol={symbol} /></Suspense></PanelBoundary>,
    gravity: <GravityPanel key={symbol} symbol={symbol} />,
    prices: <TilesPanel symbol={symbol} />,
    fleet: <FleetPanel />,
    log: <LogPanel />,
    regime: <RegimePanel key={symbol} symbol={symbol} />,
  }), [symbol]);
  useLayoutEffect(() => useArrangement.setState({ width, maximised: null }), [width]);
  useLayoutEffect(() => useArrangement.setState({ shown: Object.keys(panels) as PanelId[] }), [panels]);

  const go = useCallback((id: PanelId) => {
    reveal(id);
    setTab(tabOf(id));
  }, []);
  useFocusKeys(go, usePrefs((prefs) => prefs.shortcuts));
  useJumps(go);
  useRiskWishes(go);

  if (!isArranged) return <main id="content" className={css.main} tabIndex={-1} />;
  return (
    <>
      <main id="content" className={css.main} tabIndex={-1}>
        <h1 className="sr-only">{words.pageTitle}</h1>
        {width === 'narrow' ? <OneTab panels={panels} tab={tab} /> : (
          <>
            <Strip>{panels.regime}</Strip>
            <ColumnSet panels={panels} />
          </>
        )}
        <Said />
      </main>
      <footer className={css.footer}>
        <a href="https://www.tradingview.com/" rel="noopener noreferrer">{words.attribution}</a>
      </footer>
      {width === 'narrow' && <PanelTabs panels={panels} tab={tab} onTab={setTab} />}
    </>
  );
}

/** The chart is brought to the front when it is asked to show a price. */
function useJumps(go: (id: PanelId) => void) {
  const jump = useJump((now) => now.jump);
  useEffect(() => {
    if (!jump) return;
    go('chart');
    useArrangement.setState({ said: layoutWords.jumped(price(jump.price)) });
  }, [jump, go]);
}

/** The risk graph is brought to the front when it is asked for. */
function useRiskWishes(go: (id: PanelId) => void) {
  const wishes = usePositions(({ focusWish, newWish }) => focusWish + newWish);
  const seen = useRef(wishesTaken());
  useEffect(() => {
    if (seen.current === wishes) return;
    seen.current = wishes;
    go('risk');
  }, [wishes, go]);
}

/** Above the columns; can be folded, but stays there. */
function Strip({ children }: { children: ReactNode }) {
  const isCollapsed = useArrangement((now) => now.layout.collapsed.includes('regime'));
  const frame = useMemo(() => ({ id: 'regime' as const, isCollapsed, isMaximised: false, isMovable: false }), [isCollapsed]);
  return <div className={css.strip} data-slot="regime" data-collapsed={isCollapsed || undefined}><FrameContext value={frame}>{children}</FrameContext></div>;
}

/** All panels stay as they are while another tab is looked at. */
function OneTab({ panels, tab }: { panels: Partial<Record<PanelId, ReactNode>>; tab: Tab }) {
  return TABS.flatMap(({ id, ids }) => ids.map((each) => (
    <div key={each} className={id === tab ? css.shown : css.away} data-slot={each}>{panels[each]}</div>
  )));
}

function Said() {
  return <p className="sr-only" role="status" data-testid="said">{useArrangement((now) => now.said)}</p>;
}
