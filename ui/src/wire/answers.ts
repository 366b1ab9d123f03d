/**
 * Written by hand: the gateway builds the shell of its answers, its refusals and its health field by field, from no Rust type.
 */
import type { EpochSec } from './time';

export interface Answer<T> {
  success: true;
  data: T;
  ts: EpochSec;
}

export interface ErrorBody {
  success: false;
  error: string;
  message: string;
  /** What of the request was refused. */
  field?: string;
  /** The tier that is not admitted, or that a feature is not part of. */
  tier?: string;
}

/** Answer of `/api/health`. */
export interface Health {
  status: 'healthy' | 'degraded';
  service: string;
  version: string;
  ts: EpochSec;
  uptime_sec: number;
  public_mode: boolean;
}
