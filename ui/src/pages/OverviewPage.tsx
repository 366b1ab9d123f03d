import clsx from 'clsx';
import { useState } from 'react';
import { ChartIcon, GravityIcon, HeatIcon, ListIcon, PulseIcon, TilesIcon } from '../kit/icons';
import { usePrefs } from '../kit/prefs';
import { words } from '../kit/words';
import { ChartPanel } from '../panels/chart/ChartPanel';
import { FleetPanel } from '../panels/fleet/FleetPanel';
import { GravityPanel } from '../panels/gravity/GravityPanel';
import { Header } from '../panels/header/Header';
import { HeatmapPanel } from '../panels/heatmap/HeatmapPanel';
import { LogPanel } from '../panels/log/LogPanel';
import { TilesPanel } from '../panels/tiles/TilesPanel';
import type { Health } from '../wire';
import css from './OverviewPage.module.css';

const TABS = [
  { id: 'chart', icon: <ChartIcon /> },
  { id: 'heatmap', icon: <HeatIcon /> },
  { id: 'gravity', icon: <GravityIcon /> },
  { id: 'prices', icon: <TilesIcon /> },
  { id: 'fleet', icon: <PulseIcon /> },
  { id: 'log', icon: <ListIcon /> },
] as const;

type Tab = (typeof TABS)[number]['id'];

/** The first page: the market beside the machine that watches it. */
export function OverviewPage({ health }: { health: Health | null }) {
  const symbol = usePrefs((prefs) => prefs.symbol);
  const [tab, setTab] = useState<Tab>('chart');
  const area = (id: Tab) => clsx(css[id], tab !== id && css.away);
  return (
    <div className={css.page}>
      <a className={css.skip} href="#content">{words.skip}</a>
      <Header symbol={symbol} isDemo={health?.public_mode === true} isDegraded={health?.status === 'degraded'} />
      <main id="content" className={css.main}>
        <ChartPanel key={symbol} symbol={symbol} className={area('chart')} />
        <HeatmapPanel key={`heatmap ${symbol}`} symbol={symbol} className={area('heatmap')} />
        <GravityPanel key={`gravity ${symbol}`} symbol={symbol} className={area('gravity')} />
        <TilesPanel symbol={symbol} className={area('prices')} />
        <FleetPanel className={area('fleet')} />
        <LogPanel className={area('log')} />
      </main>
      <footer className={css.footer}>
        <a href="https://www.tradingview.com/" rel="noopener noreferrer">{words.attribution}</a>
        {health && <span>{words.version(health.version)}</span>}
      </footer>
      <nav className={css.tabs} aria-label={words.sections}>
        {TABS.map(({ id, icon }) => (
          <button key={id} type="button" className={css.tab} aria-current={tab === id ? 'page' : undefined} onClick={() => setTab(id)}>
            {icon}
            {words.tabs[id]}
          </button>
        ))}
      </nav>
    </div>
  );
}
