// Generated from crates/wire/src/system by `make types`: change the Rust types, not this file.
import type { EpochSec } from './time';

/** An alert. `kind`, `svc` and `ts` are always there; the rest depends on the kind. */
export type Alert = {
  /** `heartbeat_miss`, `heartbeat_ok`, `healer_miss`, `container_die` … */
  type: string;
  /** Service id it speaks of. */
  svc: string;
  /** Silence so far, seconds, one decimal (misses). */
  late_sec?: number;
  /** Limit that was passed, seconds (misses). */
  timeout_sec?: number;
  /** Age of the beat that ended the miss, seconds (recoveries). */
  age_sec?: number;
  /** When. */
  ts: EpochSec;
  /** Why: `operator_stop`, `paused`, `quarantined` … */
  reason?: string;
  /** Container id, short. */
  container?: string;
  /** True when the same miss was told before healer's restart. */
  repeat?: boolean;
  /** Id shared by channel and stream. */
  id?: string;
  /** `info`, `warning`, `critical`. */
  severity?: string;
};

/** What a service says of itself. */
export type Status = 'starting' | 'running' | 'degraded' | 'draining' | 'stopping';
