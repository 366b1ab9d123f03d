import type { Artifact, ArtifactUpdated, BiasLfi, Gex, GexSummaries, GravityContext, MarketMode, ProfilePointer, VixRegime, VolumeProfile } from '../wire';
import type { FrameOf } from './frames';

/** What the stream carries of the models but the heatmap, by event name. */
export interface ModelTopics {
  gex: Gex;
  gex_summary: GexSummaries;
  market_mode: MarketMode;
  vix_regime: VixRegime;
  bias_lfi: BiasLfi;
  volume_profile: ProfilePointer;
  dealer_gravity_artifact_updated: ArtifactUpdated;
}

type BySymbol<T> = Record<string, T>;

/** The models of the market that the page holds. */
export interface Models {
  gex: BySymbol<Gex>;
  gexSummaries: GexSummaries | null;
  modes: BySymbol<MarketMode>;
  biases: BySymbol<BiasLfi>;
  vixRegime: VixRegime | null;
  /** The newest versions that were told of. */
  profilePointers: BySymbol<ProfilePointer>;
  artifactPointers: BySymbol<ArtifactUpdated>;
  /** What was fetched. */
  profiles: BySymbol<VolumeProfile>;
  artifacts: BySymbol<Artifact>;
  contexts: BySymbol<GravityContext>;
}

export const NO_MODELS: Models = {
  gex: {},
  gexSummaries: null,
  modes: {},
  biases: {},
  vixRegime: null,
  profilePointers: {},
  artifactPointers: {},
  profiles: {},
  artifacts: {},
  contexts: {},
};

/** The models after one frame. */
export function reduceModels(models: Models, frame: FrameOf<ModelTopics>): Models {
  switch (frame.event) {
    case 'gex':
      return takeGex(models, frame.data);
    case 'gex_summary':
      return { ...models, gexSummaries: newest(models.gexSummaries, frame.data) };
    case 'market_mode':
      return { ...models, modes: withNewest(models.modes, frame.data) };
    case 'vix_regime':
      return { ...models, vixRegime: newest(models.vixRegime, frame.data) };
    case 'bias_lfi':
      return { ...models, biases: withNewest(models.biases, frame.data) };
    case 'volume_profile':
      return { ...models, profilePointers: withNewest(models.profilePointers, frame.data) };
    case 'dealer_gravity_artifact_updated':
      return { ...models, artifactPointers: withNewest(models.artifactPointers, frame.data) };
  }
}

export function takeGex(models: Models, gex: Gex): Models {
  if (gexTs(gex) < gexTs(models.gex[gex.symbol])) return models;
  return { ...models, gex: { ...models.gex, [gex.symbol]: gex } };
}

/** Stamp of the newer of both rights; 0 without any. */
export function gexTs(gex: Gex | undefined): number {
  return Math.max(gex?.calls?.ts ?? 0, gex?.puts?.ts ?? 0);
}

function newest<T extends { ts: number }>(held: T | null, incoming: T): T {
  return held && held.ts > incoming.ts ? held : incoming;
}

function withNewest<T extends { ts: number; symbol: string }>(held: BySymbol<T>, incoming: T): BySymbol<T> {
  return { ...held, [incoming.symbol]: newest(held[incoming.symbol] ?? null, incoming) };
}
