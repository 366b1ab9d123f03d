/** How thousands and decimals are set apart: `1,234.50`, `1.234,50`, `1 234,50`. */
export type NumberStyle = 'point' | 'comma' | 'space';

export const NUMBER_STYLES: NumberStyle[] = ['point', 'comma', 'space'];

const LOCALES: Record<NumberStyle, string> = { point: 'en-US', comma: 'de-DE', space: 'fr-FR' };

let style: NumberStyle = 'point';
const fixed = new Map<number, Intl.NumberFormat>();
const upTo = new Map<number, Intl.NumberFormat>();
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** From now on numbers are set so, wherever the page draws them anew. */
export function setNumberStyle(next: NumberStyle) {
  style = next;
  fixed.clear();
  upTo.clear();
}

/** With exactly `count` decimals. */
export function withDecimals(value: number, count: number): string {
  return held(fixed, count, count).format(value);
}

/** With at most `count` decimals. */
export function withDecimalsUpTo(value: number, count: number): string {
  return held(upTo, count, 0).format(value);
}

/** `1.2B` */
export function inShort(value: number): string {
  const text = compact.format(value);
  return style === 'point' ? text : text.replace('.', ',');
}

/** A number as it was typed, in the chosen style or with a point; null when it is none. */
export function parseNumber(text: string): number | null {
  const bare = text.replaceAll(/[\s\u00a0\u202f']/g, '').replace('−', '-');
  const plain = style === 'point' ? bare.replaceAll(',', '') : bare.includes(',') ? bare.replaceAll('.', '').replace(',', '.') : bare;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

function held(formats: Map<number, Intl.NumberFormat>, count: number, least: number): Intl.NumberFormat {
  let format = formats.get(count);
  if (!format) {
    format = new Intl.NumberFormat(LOCALES[style], { minimumFractionDigits: least, maximumFractionDigits: count });
    formats.set(count, format);
  }
  return format;
}
