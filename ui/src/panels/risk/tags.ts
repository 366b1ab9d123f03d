import { price as priceText, strike as strikeText } from '../../kit/format';
import type { Level } from '../../kit/gamma';
import type { Range } from '../../kit/risk/grid';
import { words } from '../../kit/words';
import type { Backdrop } from './backdrop';
import { PAD, type Stage, xOf } from './scale';

/** A price with its name. */
export interface Named {
  key: string;
  price: number;
  text: string;
}

/** Where a name is written. */
export interface Tag extends Named {
  x: number;
  /** From the top. */
  row: number;
  anchor: 'start' | 'end';
  /** Beyond this edge of what is in view. */
  beyond: 'left' | 'right' | null;
}

export const TAG_ROWS = 3;
const LETTER_PX = 6;
const GAP_PX = 4;

/** Places for names beside their prices, those of prices out of view at the edges; the last ones go without where there is no room. */
export function tagsOf(named: readonly Named[], stage: Stage): Tag[] {
  const [left, right] = [PAD.left, stage.width - PAD.right];
  const rows: [from: number, to: number][][] = Array.from({ length: TAG_ROWS }, () => []);
  const tags: Tag[] = [];
  for (const each of named) {
    const beyond = each.price < stage.view[0] ? 'left' : each.price > stage.view[1] ? 'right' : null;
    const text = beyond === 'left' ? `‹ ${each.text}` : beyond === 'right' ? `${each.text} ›` : each.text;
    const at = beyond === 'left' ? left : beyond === 'right' ? right : xOf(stage, each.price);
    const width = text.length * LETTER_PX;
    const isEnd = beyond === 'right' || at + GAP_PX + width > right;
    const x = beyond ? at : at + (isEnd ? -GAP_PX : GAP_PX);
    const [from, to] = isEnd ? [x - width, x] : [x, x + width];
    const row = rows.findIndex((taken) => taken.every(([a, b]) => to + GAP_PX < a || from - GAP_PX > b));
    if (row < 0 || from < 0) continue;
    rows[row]?.push([from, to]);
    tags.push({ ...each, text, x, row, anchor: isEnd ? 'end' : 'start', beyond });
  }
  return tags;
}

/** The price, the levels of gamma (all of them, those of one price as one), and the structures in view, most telling first. */
export function namesOf({ levels, structures }: Pick<Backdrop, 'levels' | 'structures'>, spot: number, view: Range): Named[] {
  const isIn = ({ price }: Named) => price >= view[0] && price <= view[1];
  const nodes = structures?.volume_nodes ?? [];
  const crevasses = structures?.crevasses ?? [];
  return [
    { key: 'spot', price: spot, text: `${words.levels.spot} ${priceText(spot)}` },
    ...together(levels),
    ...nodes.map(({ price }) => ({ key: `node ${price}`, price, text: words.structures.node })).filter(isIn),
    ...crevasses.map(([low, high]) => ({ key: `crevasse ${low}`, price: (low + high) / 2, text: words.structures.crevasse })).filter(isIn),
  ];
}

function together(levels: readonly Level[]): Named[] {
  const prices = new Map<number, Level['kind'][]>();
  for (const { kind, price } of levels) prices.set(price, [...(prices.get(price) ?? []), kind]);
  return [...prices].map(([price, kinds]) => ({ key: kinds.join(' '), price, text: `${kinds.map((kind) => words.levels[kind]).join(' · ')} ${strikeText(price)}` }));
}
