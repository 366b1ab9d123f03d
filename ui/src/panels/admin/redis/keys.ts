import type { RedisKey } from '../../../wire';
import { bytes } from '../health/health';
import { redisWords } from './words';

export const BUSES = ['market', 'intel', 'system'] as const;
export type Bus = (typeof BUSES)[number];

export interface KeyQuery {
  bus: Bus;
  pattern: string;
  limit: number;
}

export function keysPath({ bus, pattern, limit }: KeyQuery): string {
  return `/api/admin/diagnostics/redis?${new URLSearchParams({ bus, pattern, limit: String(limit) })}`;
}

export function valuePath(bus: Bus, key: string): string {
  return `/api/admin/diagnostics/redis/${encodeURIComponent(key)}?bus=${bus}`;
}

/** Bytes of a text, members of anything else. */
export function sizeText({ type, size }: Pick<RedisKey, 'type' | 'size'>): string {
  return type === 'string' ? bytes(size) : redisWords.members(size);
}

/** A value as one reads it: texts as they are, all else as indented JSON. */
export function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
