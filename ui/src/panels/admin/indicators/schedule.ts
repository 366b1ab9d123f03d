import type { EconEvent, EconSchedule, Indicator, IndicatorRule } from '../../../wire';
import { day } from '../times';
import { adminWords } from '../words';
import { indicatorWords as text } from './words';

/** A rule in a few words: `every Thursday`. */
export function ruleText(rule: IndicatorRule | null): string {
  switch (rule?.type) {
    case undefined: return text.rules.manual;
    case 'first_friday': return text.rules.firstFriday;
    case 'weekly': return text.rules.weekly(weekday(rule.weekday));
    case 'nth_weekday': return text.rules.nth(text.nths[rule.n - 1] ?? String(rule.n), weekday(rule.weekday));
    case 'fixed_dates': return text.rules.dates(rule.dates.length);
  }
}

const weekday = (number: number) => adminWords.days[number] ?? String(number);

export interface ScheduledDay {
  date: string;
  label: string;
  events: EconEvent[];
}

/** The days with releases in their order. */
export function daysOf(schedule: EconSchedule): ScheduledDay[] {
  return Object.entries(schedule.days).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([date, { events }]) => ({ date, label: day(date), events }));
}

/** The first day on which each indicator is due, by its key. */
export function nextReleases(schedule: EconSchedule | undefined): Map<string, string> {
  const next = new Map<string, string>();
  for (const { date, events } of schedule ? daysOf(schedule) : []) {
    for (const { indicator_key: key } of events) if (!next.has(key)) next.set(key, date);
  }
  return next;
}

/** How many days the schedule covers, the last one included. */
export function windowDays({ window_start: start, window_end: end }: EconSchedule): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / 86_400_000) + 1;
}

/** The indicators that a search leaves over; it looks at name, key and aliases. */
export function found(indicators: readonly Indicator[], search: string, isActiveOnly: boolean): Indicator[] {
  const wanted = search.trim().toLowerCase();
  return indicators.filter((indicator) => {
    if (isActiveOnly && !indicator.is_active) return false;
    return wanted === '' || [indicator.name, indicator.key, ...indicator.aliases].some((name) => name.toLowerCase().includes(wanted));
  });
}
