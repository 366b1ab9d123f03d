/** What a key does: its names, and the words for it. */
export type KeyLine = readonly [keys: readonly string[], does: string];

/** The keys of the page, by where they work; those of a panel while it has the focus. */
export const KEYS: readonly { section: string; lines: readonly KeyLine[] }[] = [
  {
    section: 'Everywhere',
    lines: [
      [['?'], 'Show these keys'],
      [['n'], 'New position'],
      [['g', 'd'], 'Go to the workspace'],
      [['g', 's'], 'Go to the settings'],
      [['Esc'], 'Close what is open'],
    ],
  },
  {
    section: 'Workspace',
    lines: [
      [['Alt+1', 'Alt+2'], 'Chart, heatmap'],
      [['Alt+3', 'Alt+4'], 'Risk graph, dealer gravity'],
      [['Alt+5', 'Alt+6'], 'Regime, activity'],
      [['Alt+7', 'Alt+8'], 'Prices, fleet'],
      [['Esc'], 'Show all panels again'],
    ],
  },
  {
    section: 'Grip of a panel',
    lines: [
      [['←', '→', '↑', '↓'], 'Move the panel'],
      [['m'], 'Maximise, restore'],
      [['c'], 'Collapse, expand'],
      [['Enter'], 'All of it as a menu'],
    ],
  },
  {
    section: 'Price',
    lines: [
      [['←', '→'], 'Move the crosshair by a bar'],
      [['↑', '↓'], 'Zoom'],
      [['Home', 'End'], 'First bar, last bar'],
      [['f'], 'Fit all bars'],
      [['t'], 'Next timeframe'],
      [['o'], 'Overlays'],
      [['Esc'], 'Remove the marked price'],
    ],
  },
  {
    section: 'Heatmap',
    lines: [
      [['←', '→', '↑', '↓'], 'Move from tile to tile'],
      [['Page up', 'Page down'], 'Ten strikes up, down'],
      [['Home'], 'To the price'],
      [['[', ']'], 'Expiration before, after'],
      [['s'], 'Next strategy'],
      [['c', 'p', 'b'], 'Calls, puts, both'],
      [['m'], 'Debit, reward to risk, change'],
      [['f'], 'To the cheapest tile'],
      [['Enter'], 'The tile in full'],
      [['l'], 'Keep the price in the middle'],
    ],
  },
  {
    section: 'Risk graph',
    lines: [
      [['←', '→'], 'Move the body of the butterfly; without one, the view'],
      [['↑', '↓'], 'Wider, narrower'],
      [['Shift+←', 'Shift+→'], 'One wing alone'],
      [['Enter', 'Esc'], 'Keep, restore'],
      [['+', '−'], 'Zoom'],
      [['0'], 'Fit everything'],
    ],
  },
  {
    section: 'List of positions',
    lines: [
      [['↑', '↓'], 'From position to position'],
      [['Alt+↑', 'Alt+↓'], 'Move the position'],
      [['Space'], 'Show, hide'],
      [['e', 'd'], 'Edit, duplicate'],
      [['Delete'], 'Delete; it can be undone'],
    ],
  },
];
