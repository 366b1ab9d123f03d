/**
 * What crosses the wire between the fleet and the page: payloads as they are sent, nothing derived.
 *
 * Files that begin with "Generated" follow their Rust types (`make types`), with the names that these have there. A name
 * that says little without its module has it in front here. The other files say why they are written by hand.
 */
export type { Gates, Setting as GateSetting } from './auth/gates';
export type { Tier } from './auth/tier';
export type { Event as EconEvent, Outcome, Schedule as EconSchedule, Tier as IndicatorTier } from './econ';
export type { ActiveTime, Hours as HourlyActivity, Week as UserWeek } from './gateway/activity';
export type { Cadence, Indicator } from './gateway/calendar';
export type { Levels as VolumeProfile } from './gateway/routes';
export type { ByStrike as GammaByStrike, Expiration as GexExpiration, Gex as GexSummaries, Summary as GexSummary } from './gex';
export type { Artifact, Context as GravityContext, Structures, Updated as ArtifactUpdated } from './gravity';
export type { Diff as HeatmapDiff, Heatmap, Side as TileSide, Strategy, Tile } from './heatmap';
export type { Clock, MarketEvent as FeedEvent, Session, Spot } from './market';
export type { Liveness as ServiceStatus } from './mesh';
export type { BiasLfi, MarketMode, VixRegime } from './regime';
export type { Candle, Candles, Connected, Fleet, FleetService, Resync } from './sse';
export type { Alert, Status as ServiceState } from './system';
export type { EpochSec } from './time';

export type {
  AdminStats, AdminUser, Diagnostics, GatesPatch, IndicatorForm, IndicatorRule, KeyState, RedisKey, RedisKeys, RedisValue, UserDetail, UserPage, UserSession,
  UserSort,
} from './admin';
export type { Answer, ErrorBody, Health } from './answers';
export type { AuthConfig, Me, OwnSession, Profile, TierGates } from './member';
export type { CandleHistory, Release, ScoredArticle, SingleSide, SpreadSide } from './shapes';
export type { Gex, Ping, ProfilePointer, SpotMap, Tick, TierBlocked } from './stream';
