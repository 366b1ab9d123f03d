/**
 * Written by hand: what the gateway says of a session and its user is built field by field, from no Rust type.
 */
import type { Gates } from './auth/gates';
import type { Tier } from './auth/tier';
import type { LoginSite } from './gateway/config';
import type { EpochSec } from './time';

/** Answer of `/api/auth/config`. `{redirect}` of a URL is replaced by where the site sends its member back to. */
export interface AuthConfig {
  login: LoginSite[];
  public_mode: boolean;
  version: string;
  /** Where memberships are sold. */
  upgrade_url?: string | null;
}

/** Answer of `/api/auth/me`: the session. */
export interface Me {
  iat: EpochSec;
  exp: EpochSec;
  /** Null in public mode without a session. */
  sid: string | null;
  uid: number | null;
  wp: { issuer: string; id: string; email: string; name: string; roles: string[]; subscription_tier: string | null; is_admin: boolean };
  tier: Tier;
  is_admin: boolean;
  public_mode: boolean;
  expires_in: number;
}

/** Answer of `/api/profile/me`; times are ISO 8601. */
export interface Profile {
  id: number | null;
  issuer: string;
  wp_user_id: string;
  email: string;
  display_name: string;
  roles: string[];
  is_admin: boolean;
  subscription_tier: string | null;
  tier: Tier;
  timezone: string | null;
  screen_name: string | null;
  show_screen_name: boolean;
  created_at: string | null;
  last_login_at: string | null;
}

/** One of `/api/profile/sessions`; times are ISO 8601. */
export interface OwnSession {
  id: string;
  tier: Tier;
  created_at: string;
  expires_at: string;
  last_seen_at: string;
  ip: string | null;
  user_agent: string | null;
  current: boolean;
}

/** Answer of `/api/tier-gates/config`. */
export interface TierGates extends Gates {
  user_tier: Tier;
}
