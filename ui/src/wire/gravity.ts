// Generated from crates/wire/src/gravity by `make types`: change the Rust types, not this file.
import type { EpochSec } from './time';

/** [`artifact`]. */
export type Artifact = {
  /** The bins. */
  profile: Profile;
  /** What stands out; volume nodes may be edited by people. */
  structures: Structures;
  /** Where it comes from. */
  meta: Meta;
};

/** How far an [`Artifact`] is. */
export type ArtifactStatus = 'building' | 'ready';

/** [`context`]. */
export type Context = {
  /** Index. */
  symbol: string;
  /** Its price. */
  spot: number;
  /** Price of the nearest node. */
  nearest_volume_node: number | null;
  /** `(node - spot) / spot`. */
  nearest_volume_node_dist: number | null;
  /** Distance to the nearest well, relative to spot; 0 inside one. */
  volume_well_proximity: number | null;
  /** Spot is inside a crevasse. */
  in_crevasse: boolean;
  /** Share of the volume inside node ranges, 0 to 1. */
  market_memory_strength: number;
  /** How near the largest net gamma is to the nearest node, 0 to 1; `None` without gamma. */
  gamma_alignment: number | null;
  /** Version of the artifact it was made from. */
  artifact_version: string | null;
  /** When it was published. */
  ts: EpochSec;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
};

/** Where an [`Artifact`] comes from. */
export type Meta = {
  /** Index the prices are scaled to. */
  symbol: string;
  /** Fund whose volume it is. */
  source: string;
  /** Price of the fund x multiplier = points. */
  multiplier: number;
  /** Price of the index. */
  spot: number | null;
  /** `tv_microbins_30`. */
  algorithm: string;
  /** Trading days in it. */
  days: number;
  /** How far it is. */
  status: ArtifactStatus;
  /** `v<unix s>`. */
  artifact_version: string;
  /** `ts` as text. */
  last_update: string;
  /** True while people's volume nodes replace the computed ones. */
  edited?: boolean;
  /** When it was published. */
  ts: EpochSec;
  /** Exchange time of the newest input. */
  market_ts: EpochSec;
};

/** Bins of an [`Artifact`]: `bins[i]` is the price `min + i x step`. */
export type Profile = {
  /** Price of the first bin. */
  min: number;
  /** Price of the last bin. */
  max: number;
  /** Height of a bin, points. */
  step: number;
  /** Volume, scaled so that the largest is `normalized_scale`. */
  bins: Array<number>;
  /** 1000. */
  normalized_scale: number;
  /** Volume of the largest bin, shares. */
  max_volume: number;
};

/** What stands out in a profile; prices in points. */
export type Structures = {
  /** The largest bin of each node range. */
  volume_nodes: Array<VolumeNode>;
  /** Runs with much volume: lowest and highest price. */
  node_ranges: Array<[number, number]>;
  /** Runs with little volume. */
  volume_wells: Array<[number, number]>;
  /** Wells of at least three bins. */
  crevasses: Array<[number, number]>;
};

/** [`UPDATED`]. */
export type Updated = {
  /** `dealer_gravity_artifact_updated`. */
  type: string;
  /** Index. */
  symbol: string;
  /** `v<unix s>`. */
  artifact_version: string;
  /** `ts` as text. */
  occurred_at: string;
  /** When it was published. */
  ts: EpochSec;
};

/** A price that drew volume. */
export type VolumeNode = {
  /** Points. */
  price: number;
  /** Width of the line. */
  weight: number;
  /** CSS colour. */
  color: string;
};
