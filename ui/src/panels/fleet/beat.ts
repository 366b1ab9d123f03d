import { words } from '../../kit/words';
import type { FleetService } from '../../wire';

/** Age of the last beat now: the frame's own age, grown since the frame was made. Null when it never beat. */
export function beatAge(service: FleetService, frameTs: number, nowSec: number): number | null {
  return service.hb_age_sec === null ? null : service.hb_age_sec + Math.max(0, nowSec - frameTs);
}

/** Part of the interval that has passed since the last beat, 0 to 1. */
export function beatShare(ageSec: number | null, intervalSec: number): number {
  return ageSec === null || intervalSec <= 0 ? 0 : Math.min(1, ageSec / intervalSec);
}

/** How a service is, in a word: what its watchers say of it while they miss it, else what it says of itself. */
export function condition({ health, state }: FleetService): { text: string; isBad: boolean } {
  if (health?.type === 'heartbeat_miss' || health?.type === 'healer_miss') return { text: words.fleet.missed, isBad: true };
  if (state !== null) return { text: state, isBad: state === 'degraded' };
  return { text: words.fleet.silent, isBad: false };
}
