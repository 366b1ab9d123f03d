const NAMES = {
  up: '--up', down: '--down', text: '--text', text2: '--text-2', text3: '--text-3', grid: '--grid', lineStrong: '--line-strong',
  accent: '--accent', attention: '--attention', node: '--node', surface: '--surface',
} as const;

export type Colours = Record<keyof typeof NAMES, string>;

/** The theme's colours, for what is drawn on a canvas. */
export function coloursNow(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim() || '#888888';
  return Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, of(name)])) as Colours;
}
