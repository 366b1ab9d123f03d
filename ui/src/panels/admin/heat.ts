import type { HourlyActivity, UserWeek } from '../../wire';
import { day, newYorkDate } from './times';
import { adminWords } from './words';

/** One day of a heat table: what was counted in each of its 24 hours, null where nothing was written down. */
export interface HeatRow {
  id: string;
  label: string;
  counts: (number | null)[];
}

const HOURS = 24;

/** How strong a count is, 0 (nothing) to 4, against the largest there is. */
export function level(count: number | null, most: number): 0 | 1 | 2 | 3 | 4 {
  if (count === null || count <= 0 || most <= 0) return 0;
  return Math.min(4, Math.ceil((4 * count) / most)) as 1 | 2 | 3 | 4;
}

export function largest(rows: readonly HeatRow[]): number {
  return Math.max(0, ...rows.flatMap((row) => row.counts.map((count) => count ?? 0)));
}

/** A row for each day that was recorded, oldest first. An hour that comes twice, when clocks go back, keeps its larger count. */
export function hourRows({ data }: HourlyActivity): HeatRow[] {
  const days = new Map<string, (number | null)[]>();
  for (const { hour_start: start, db_hour: hour, user_count: count } of data) {
    const date = newYorkDate(Date.parse(start));
    const counts = days.get(date) ?? Array.from({ length: HOURS }, () => null);
    counts[hour] = Math.max(counts[hour] ?? 0, count);
    days.set(date, counts);
  }
  return [...days].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([date, counts]) => ({ id: date, label: day(date), counts }));
}

/** A row for each day of the week, Monday first: the week of those who trade. */
export function weekRows({ heatmapData }: UserWeek): HeatRow[] {
  const counts = Array.from({ length: 7 }, () => Array.from({ length: HOURS }, () => 0));
  for (const [hour, weekday, count] of heatmapData) {
    const row = counts[weekday];
    if (row) row[hour] = count;
  }
  return [1, 2, 3, 4, 5, 6, 0].map((weekday) => ({ id: String(weekday), label: adminWords.shortDays[weekday] ?? '', counts: counts[weekday] ?? [] }));
}
