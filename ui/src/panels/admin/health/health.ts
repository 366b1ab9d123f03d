import { ticker } from '../../../kit/format';
import type { Diagnostics, Fleet, FleetService, KeyState } from '../../../wire';
import { healthWords as text } from './words';

/** Seconds after which a model is old while the market is open. */
const LIMIT_SEC: Record<string, number> = { spot: 5, vix: 15, gex: 30, heatmap: 10, trade_selector: 60, vix_regime: 60, market_mode: 60 };

export type Freshness = 'fresh' | 'old' | 'held' | 'missing';

/** How a key stands: `held` says that it exists but the gateway has not read a time out of it. */
export function freshness(kind: string, { exists, age_sec: ageSec }: KeyState, isClosed: boolean): Freshness {
  if (ageSec === null) return exists ? 'held' : 'missing';
  if (!exists) return 'missing';
  const limit = LIMIT_SEC[kind];
  return !isClosed && limit !== undefined && ageSec > limit ? 'old' : 'fresh';
}

/** Whichever of the stream's and the route's picture is newer. */
export function newer(streamed: Fleet | null, asked: Fleet | undefined): Fleet | null {
  if (!streamed || !asked) return streamed ?? asked ?? null;
  return asked.ts > streamed.ts ? asked : streamed;
}

const needsAttention = new Set<FleetService['status']>(['late', 'dead', 'unknown']);

export function troubled(services: readonly FleetService[]): number {
  return services.filter(needsSomebody).length;
}

function needsSomebody({ status, state }: FleetService): boolean {
  return needsAttention.has(status) || state === 'degraded';
}

/** What needs somebody, worst first, each in a few words: `mesh is dead`. */
export function troubles(services: readonly FleetService[], { buses, database, symbols }: Pick<Diagnostics, 'buses' | 'database' | 'symbols'>, isClosed: boolean): string[] {
  const bad = services.filter(needsSomebody).toSorted((a, b) => urgency(a) - urgency(b)).map((service) => text.is(service.id, needsAttention.has(service.status) ? service.status : 'degraded'));
  const away = Object.entries(buses).filter(([, bus]) => !bus.connected).map(([role]) => text.is(text.bus(role), text.away));
  if (database.configured && !database.connected) away.push(text.is(text.database, text.away));
  const old = Object.entries(symbols ?? {}).flatMap(([symbol, models]) =>
    Object.entries(models).filter(([kind, held]) => freshness(kind, held, isClosed) === 'old').map(([kind]) => text.is(`${ticker(symbol)} ${(text.kinds[kind] ?? kind).toLowerCase()}`, text.old)));
  return [...bad, ...away, ...old];
}

const URGENCY: Record<FleetService['status'], number> = { dead: 0, late: 1, unknown: 2, stopped: 3, alive: 4 };

/** For the order of the status column: what needs attention first. */
export const urgency = (service: FleetService): number => URGENCY[service.status];

export interface GlobalModel {
  id: 'vix' | 'vix_regime' | 'market_mode' | 'epoch' | 'event';
  held: KeyState;
}

export function globalModels({ global }: Diagnostics): GlobalModel[] {
  if (!global) return [];
  const { vix, vix_regime: regime, market_mode: mode, vexy } = global;
  return [{ id: 'vix', held: vix }, { id: 'vix_regime', held: regime }, { id: 'market_mode', held: mode }, { id: 'epoch', held: vexy.epoch }, { id: 'event', held: vexy.event }];
}

/** `512 B`, `3.4 kB`, `1.2 MB` */
export function bytes(count: number | null): string {
  if (count === null) return '–';
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}
