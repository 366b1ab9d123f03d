import type { ReactNode } from 'react';
import { ChartIcon, GravityIcon, HeatIcon, PulseIcon, TentIcon, TilesIcon } from '../kit/icons';
import type { PanelId } from '../kit/layout/layout';
import { words } from '../kit/words';
import css from './PanelTabs.module.css';

/** The tabs of a narrow window, each with its panels from top to bottom. */
export const TABS = [
  { id: 'chart', ids: ['regime', 'chart'], icon: <ChartIcon /> },
  { id: 'heatmap', ids: ['heatmap'], icon: <HeatIcon /> },
  { id: 'risk', ids: ['risk'], icon: <TentIcon /> },
  { id: 'gravity', ids: ['gravity'], icon: <GravityIcon /> },
  { id: 'prices', ids: ['prices'], icon: <TilesIcon /> },
  { id: 'fleet', ids: ['fleet', 'log'], icon: <PulseIcon /> },
] as const satisfies { id: string; ids: PanelId[]; icon: ReactNode }[];

export type Tab = (typeof TABS)[number]['id'];

/** The tab a panel is on. */
export function tabOf(panel: PanelId): Tab {
  return TABS.find(({ ids }) => ids.some((id) => id === panel))?.id ?? 'chart';
}

export interface PanelTabsProps {
  panels: Partial<Record<PanelId, ReactNode>>;
  tab: Tab;
  onTab: (tab: Tab) => void;
}

/** The bar at the lower edge of a narrow window. A tab without panels is not there. */
export function PanelTabs({ panels, tab, onTab }: PanelTabsProps) {
  return (
    <nav className={css.tabs} aria-label={words.sections}>
      {TABS.filter(({ ids }) => ids.some((id) => panels[id] !== undefined)).map(({ id, icon }) => (
        <button key={id} type="button" className={css.tab} aria-current={tab === id ? 'page' : undefined} onClick={() => onTab(id)}>
          {icon}
          {words.tabs[id]}
        </button>
      ))}
    </nav>
  );
}
