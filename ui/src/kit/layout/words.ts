import type { PanelId, Way } from './layout';

/** Texts of arranging the workspace. */
export const layoutWords = {
  names: {
    chart: 'Price chart', heatmap: 'Heatmap', risk: 'Risk graph', gravity: 'Dealer gravity', regime: 'Regime', log: 'Activity', prices: 'Prices', fleet: 'Fleet',
  } satisfies Record<PanelId, string>,
  collapse: (title: string) => `Collapse ${title}`,
  expand: (title: string) => `Expand ${title}`,
  arrange: (title: string) => `Arrange ${title}`,
  arrangeHint: (shortcut: string) => `Drag to move. Arrow keys move it too, m maximises, c collapses. ${shortcut} focuses the panel.`,
  shortcut: (n: number) => `Alt+${n}`,
  maximise: 'Maximise',
  restore: 'Restore',
  restoreTitle: (title: string) => `Restore ${title}`,
  collapseItem: 'Collapse',
  expandItem: 'Expand',
  ways: { up: 'Move up', down: 'Move down', left: 'Move left', right: 'Move right' } satisfies Record<Way, string>,
  reset: 'Reset the layout',
  movedTo: (name: string, column: number, position: number, count: number) => `${name}: column ${column}, position ${position} of ${count}`,
  cannot: (name: string) => `${name} cannot move further`,
  maximised: (name: string) => `${name} maximised. Escape restores.`,
  restored: 'All panels are shown again',
  collapsed: (name: string) => `${name} collapsed`,
  expanded: (name: string) => `${name} expanded`,
  wasReset: 'The layout is as at first',
  jumped: (price: string) => `The chart shows ${price}`,
};
