import type { Position } from '../../api/positions';
import { MINUS } from '../../kit/format';
import { money } from '../../kit/format';
import { expirySec } from '../../kit/risk/expiration';
import { type Recognised, recognise } from '../../kit/risk/legs';
import { riskWords } from './words';

const TRADING_DAYS = 252;

/** One standard deviation to the end of day `dte`, points. */
export function expectedMove(spot: number, vix: number, dte: number): number {
  return (spot * vix * Math.sqrt(Math.max(1, dte) / TRADING_DAYS)) / 100;
}

/** `Butterfly`, `Short vertical`, or the user's own name. */
export function nameOf({ label, legs, cost }: Pick<Position, 'label' | 'legs' | 'cost'>): string {
  return label || typeName(recognise(legs, cost));
}

export function typeName({ type, direction }: Pick<Recognised, 'type' | 'direction'>): string {
  const name = riskWords.structures[type];
  return direction === 'short' && type !== 'custom' ? riskWords.short(name) : name;
}

export function lastExpiration(positions: readonly Pick<Position, 'legs'>[]): string | null {
  const dates = positions.flatMap(({ legs }) => legs.map(({ expiration }) => expiration)).toSorted();
  return dates.at(-1) ?? null;
}

export function isExpired(position: Pick<Position, 'legs'>, nowSec: number): boolean {
  const last = lastExpiration([position]);
  return last !== null && expirySec(last) <= nowSec;
}

/** `+$12.50`, `−$145.00` */
export function signedMoney(value: number | null | undefined): string {
  const text = money(value);
  return typeof value === 'number' && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** `+$2.9K`, `0`, for an axis. */
export function axisMoney(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 10_000 ? `${Math.round(size / 100) / 10}K` : `${Math.round(size)}`;
  return `${value > 0 ? '+' : MINUS}${text}`;
}

/** `6 h 15 min`, `2 d 3 h` */
export function spanText(hours: number): string {
  const minutes = Math.round(hours * 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const days = Math.floor(minutes / 1440);
  const rest = Math.round((minutes % 1440) / 60);
  return rest === 0 ? `${days} d` : `${days} d ${rest} h`;
}
