import type { Cadence, Indicator, IndicatorForm, IndicatorRule, IndicatorTier } from '../../../wire';
import { indicatorWords } from './words';

/** An indicator as the form holds it. */
export interface IndicatorDraft {
  key: string;
  name: string;
  rating: number;
  description: string;
  isActive: boolean;
  time: string;
  /** One on a line. */
  aliases: string;
  cadence: Cadence;
  /** 0 is Sunday. */
  weekday: number;
  nth: number;
  dates: string[];
  ownTime: string;
}

export type FieldErrors = Partial<Record<string, string>>;

const NEW: IndicatorDraft = {
  key: '', name: '', rating: 5, description: '', isActive: true, time: '08:30', aliases: '', cadence: 'manual', weekday: 4, nth: 1, dates: [], ownTime: '',
};

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const KEY = /^[a-z0-9_]{1,64}$/;
const MOST_ALIASES = 50;
const MOST_DATES = 400;
const { errors: wrong } = indicatorWords;

/** The form's contents for `indicator`, or for a new one. */
export function draftOf(indicator: Indicator | null): IndicatorDraft {
  if (indicator === null) return NEW;
  const rule = indicator.rule_json;
  return {
    ...NEW,
    key: indicator.key,
    name: indicator.name,
    rating: indicator.rating,
    description: indicator.description ?? '',
    isActive: indicator.is_active,
    time: indicator.release_time_et ?? '',
    aliases: indicator.aliases.join('\n'),
    cadence: rule?.type ?? 'manual',
    ...(rule && 'weekday' in rule && { weekday: rule.weekday }),
    ...(rule?.type === 'nth_weekday' && { nth: rule.n }),
    ...(rule?.type === 'fixed_dates' && { dates: rule.dates, ownTime: rule.time_et ?? '' }),
  };
}

/** What is wrong, by the names the gateway uses. */
export function errorsOf(draft: IndicatorDraft): FieldErrors {
  const errors: FieldErrors = {};
  const aliases = lines(draft.aliases);
  if (!KEY.test(draft.key)) errors['key'] = wrong.key;
  if (draft.name.trim() === '' || draft.name.trim().length > 255) errors['name'] = wrong.name;
  if (draft.description.trim().length > 10_000) errors['description'] = wrong.description;
  if (draft.time !== '' && !TIME.test(draft.time)) errors['release_time_et'] = wrong.time;
  if (aliases.length > MOST_ALIASES || aliases.some((alias) => alias.length > 191)) errors['aliases'] = wrong.aliases;
  if (draft.cadence !== 'fixed_dates') return errors;
  if (draft.dates.length === 0) errors['rule_json.dates'] = wrong.dates;
  if (draft.dates.length > MOST_DATES) errors['rule_json.dates'] = wrong.tooMany;
  if (draft.ownTime !== '' && !TIME.test(draft.ownTime)) errors['rule_json.time_et'] = wrong.time;
  return errors;
}

/** What is sent; the key only for a new one. */
export function bodyOf(draft: IndicatorDraft, isNew: boolean): IndicatorForm {
  return {
    ...(isNew && { key: draft.key }),
    name: draft.name.trim(),
    rating: draft.rating,
    description: draft.description.trim() || null,
    is_active: draft.isActive,
    release_time_et: draft.time || null,
    rule_json: ruleOf(draft),
    aliases: lines(draft.aliases),
  };
}

export function ruleOf({ cadence, weekday, nth, dates, ownTime }: IndicatorDraft): IndicatorRule | null {
  switch (cadence) {
    case 'manual': return null;
    case 'first_friday': return { type: cadence };
    case 'weekly': return { type: cadence, weekday };
    case 'nth_weekday': return { type: cadence, weekday, n: nth };
    case 'fixed_dates': return { type: cadence, dates, ...(ownTime !== '' && { time_et: ownTime }) };
  }
}

/** What a rating means. */
export function tierOf(rating: number): IndicatorTier {
  if (rating >= 9) return 'critical';
  if (rating >= 7) return 'high';
  return rating >= 5 ? 'medium' : 'low';
}

/** `dates` with one more, in order, each once. */
export function withDate(dates: readonly string[], date: string): string[] {
  return [...new Set([...dates, date])].toSorted();
}

export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

function lines(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}
