// Generated from services/sse/src/routes by `make types`: change the Rust types, not this file.
import type { Structures } from '../gravity';

export type Level = {
  price: number;
  volume: number;
};

export type Levels = {
  levels: Array<Level>;
  maxVolume: number;
  count: number;
  mode: Mode;
  step: number;
  structures: Structures;
};

/** Which way a bar's volume was counted. */
export type Mode = 'raw' | 'tv';
