import { create } from 'zustand';
import { ApiError, getJson, getOnce, listenToRefusals, sendJson } from '../api/client';
import type { AuthConfig, Me, Profile, TierBlocked, TierGates } from '../wire';

/** Why somebody is not, or no longer, signed in or admitted. */
export interface Ending {
  code: string;
  message: string | null;
  tier: string | null;
}

/** Who is signed in, and what they may do. */
export interface SessionState {
  /** `away`: the gateway did not say; whoever was in stays in. */
  phase: 'unknown' | 'in' | 'out' | 'blocked' | 'away';
  me: Me | null;
  profile: Profile | null;
  config: AuthConfig | null;
  gates: TierGates | null;
  /** Of `out` and `blocked`. */
  ending: Ending | null;
}

export const NOBODY: SessionState = { phase: 'unknown', me: null, profile: null, config: null, gates: null, ending: null };

/** Who is signed in. Components read it through selectors; only the functions below write it. */
export const useSession = create<SessionState>(() => NOBODY);

/** What the gateway says of the session now. */
export type Standing =
  | { phase: 'in'; me: Me }
  | { phase: 'out'; ending: Ending }
  | { phase: 'blocked'; ending: Ending }
  | { phase: 'away'; retryAfterSec: number | null };

const TIMEOUT_MS = 8000;
const DRAFTS = 'ms:draft:';

let asking: Promise<Standing> | null = null;

/** Asks who is signed in; a 401 or 403 ends the session here as well. Several who ask at once share the answer. */
export function checkSession(): Promise<Standing> {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

async function ask(): Promise<Standing> {
  const [standing, gates] = await Promise.all([standingNow(), useSession.getState().gates ?? gatesNow()]);
  if (standing.phase === 'out' || standing.phase === 'blocked') {
    endSession(standing.phase, standing.ending);
  } else if (standing.phase === 'away') {
    useSession.setState(({ phase }) => ({ phase: phase === 'in' ? 'in' : 'away' }));
  } else {
    useSession.setState({ phase: 'in', me: standing.me, gates, ending: null });
    void complete();
  }
  return standing;
}

async function standingNow(): Promise<Standing> {
  try {
    return { phase: 'in', me: await getOnce<Me>('/api/auth/me', AbortSignal.timeout(TIMEOUT_MS)) };
  } catch (error) {
    return standingOf(error);
  }
}

/** What a refused `/api/auth/me` says. */
export function standingOf(error: unknown): Standing {
  if (!(error instanceof ApiError)) return { phase: 'away', retryAfterSec: null };
  const { code, message, tier, status, retryAfterSec } = error;
  if (status === 401) return { phase: 'out', ending: { code, message, tier } };
  if (status === 403) return { phase: 'blocked', ending: { code, message, tier } };
  return { phase: 'away', retryAfterSec };
}

async function gatesNow(): Promise<TierGates | null> {
  return getOnce<TierGates>('/api/tier-gates/config', AbortSignal.timeout(TIMEOUT_MS)).catch(() => null);
}

/** Reads what the first answer left open; a page works without it. */
async function complete() {
  const { gates, profile, config } = useSession.getState();
  await Promise.allSettled([gates ?? loadGates(), profile ?? loadProfile(), config ?? loadAuthConfig()]);
}

/** Reads the gates again. What was known holds until then. */
export async function loadGates() {
  const gates = await getJson<TierGates>('/api/tier-gates/config', new AbortController().signal);
  useSession.setState({ gates });
}

export async function loadProfile(signal = new AbortController().signal) {
  const profile = await getJson<Profile>('/api/profile/me', signal);
  useSession.setState({ profile });
}

export async function loadAuthConfig(signal = new AbortController().signal) {
  const config = await getOnce<AuthConfig>('/api/auth/config', signal);
  useSession.setState({ config });
}

/** The page is left: nothing of whoever was signed in stays, but their drafts. */
export function endSession(phase: 'out' | 'blocked', ending: Ending) {
  useSession.setState(({ config }) => ({ ...NOBODY, phase, ending, config }));
}

/** The stream's farewell to somebody whose tier is no longer admitted. */
export function tierBlocked({ tier, message }: TierBlocked) {
  endSession('blocked', { code: 'tier_blocked', message, tier });
}

/** Ends the session everywhere and forgets the drafts. Throws `ApiError` when the gateway could not be told. */
export async function signOut() {
  await sendJson<null>('POST', '/api/auth/logout');
  wipeDrafts();
  endSession('out', { code: 'signed_out', message: null, tier: null });
}

function wipeDrafts() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFTS)) localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

// A 401 of a data route may also mean that this user is not stored yet: the session itself is asked.
listenToRefusals(() => {
  if (useSession.getState().phase === 'in' && asking === null) void checkSession();
});
