import type { Session } from '../wire';

/** What is known of the line to the gateway. */
export interface Link {
  phase: 'connecting' | 'open' | 'reconnecting' | 'offline';
  /** Failed attempts since the line last worked. */
  attempts: number;
  /** The gateway's snapshot is complete: what is not held now does not exist there. */
  hasSnapshot: boolean;
  /** Whether the line has ever worked. */
  wasOpen: boolean;
  /** The gateway's own name for this run of it. */
  gen: string | null;
}

export type LinkEvent =
  | { type: 'connected'; gen: string }
  | { type: 'failed' }
  | { type: 'shutdown' }
  | { type: 'woke' }
  | { type: 'network'; isOnline: boolean };

export const FIRST_LINK: Link = { phase: 'connecting', attempts: 0, hasSnapshot: false, wasOpen: false, gen: null };

/** Failed attempts after which the page stops promising a quick return. */
const ATTEMPTS_UNTIL_OFFLINE = 3;

export function nextLink(link: Link, event: LinkEvent): Link {
  switch (event.type) {
    case 'connected':
      return { phase: 'open', attempts: 0, hasSnapshot: true, wasOpen: true, gen: event.gen };
    case 'failed': {
      const attempts = link.attempts + 1;
      const isOffline = link.phase === 'offline' || attempts >= ATTEMPTS_UNTIL_OFFLINE;
      return { ...link, attempts, phase: isOffline ? 'offline' : waiting(link) };
    }
    case 'shutdown':
      return { ...link, phase: 'reconnecting' };
    case 'woke':
      return { ...link, attempts: 0, phase: waiting(link) };
    case 'network':
      if (!event.isOnline) return { ...link, phase: 'offline' };
      return link.phase === 'offline' ? { ...link, attempts: 0, phase: waiting(link) } : link;
  }
}

function waiting(link: Link): Link['phase'] {
  return link.wasOpen ? 'reconnecting' : 'connecting';
}

/** What the header's badge says. */
export type Badge =
  | { kind: 'connecting' }
  | { kind: 'live'; ageSec: number | null }
  | { kind: 'delayed'; ageSec: number }
  | { kind: 'reconnecting'; attempt: number }
  | { kind: 'offline'; dataTs: number | null }
  | { kind: 'closed' };

export interface BadgeFacts {
  link: Link;
  /** Age of the newest spot in seconds; null while there is none. */
  spotAgeSec: number | null;
  spotLimitSec: number;
  /** Seconds since anything was received. */
  silenceSec: number;
  session: Session | null;
  /** When the newest data was made, epoch seconds. */
  dataTs: number | null;
}

/** A page whose ticker stood still for this long was asleep, or hidden. */
const ASLEEP_MS = 10_000;
/** Of a line that works something is heard more often than this. */
const WAKE_SILENCE_MS = 20_000;

/** Whether the line is to be opened anew at once, by a page that wakes. */
export function isWakeNeeded({ tickGapMs, silenceMs, isWaiting }: { tickGapMs: number; silenceMs: number; isWaiting: boolean }): boolean {
  return tickGapMs >= ASLEEP_MS && (isWaiting || silenceMs >= WAKE_SILENCE_MS);
}

/** Silence after which an open line no longer counts as live. */
const LIVE_SILENCE_SEC = 35;

export function badge(facts: BadgeFacts): Badge {
  const { link, spotAgeSec, silenceSec } = facts;
  if (link.phase === 'connecting') return { kind: 'connecting' };
  if (link.phase === 'offline') return { kind: 'offline', dataTs: facts.dataTs };
  if (link.phase === 'reconnecting') return { kind: 'reconnecting', attempt: link.attempts };
  if (silenceSec > LIVE_SILENCE_SEC) return { kind: 'delayed', ageSec: silenceSec };
  if (facts.session === 'closed') return { kind: 'closed' };
  if (spotAgeSec !== null && spotAgeSec > facts.spotLimitSec) return { kind: 'delayed', ageSec: spotAgeSec };
  return { kind: 'live', ageSec: spotAgeSec };
}

/** Pause before the next own attempt: 1, 2, 4 … 30 s, longer when the server says so, plus up to 1 s of `jitter` (0–1). */
export function retryDelayMs(attempts: number, retryAfterSec: number | null, jitter: number): number {
  const backoffSec = Math.min(30, 2 ** Math.max(0, attempts - 1));
  return Math.max(backoffSec, retryAfterSec ?? 0) * 1000 + jitter * 1000;
}
