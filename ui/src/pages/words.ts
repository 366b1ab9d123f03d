/** Texts of the pages around the workspace. */
export const pageWords = {
  login: {
    title: 'Sign in',
    lead: 'Live options-market structure, for members.',
    sites: 'Choose where you are a member:',
    demo: 'Continue as demo user',
    demoHint: 'Public demonstration: no sign-in, everybody is the same user.',
    none: 'Sign-in is not set up here. Ask whoever runs this desk.',
    away: 'Service unavailable, retrying',
    awayHint: 'The page goes on by itself as soon as the service answers.',
    loading: 'Asking how to sign in',
    errors: {
      sso_expired: 'The sign-in link has expired, please sign in again.',
      sso_invalid: 'The sign-in link is not valid, please sign in again.',
      sso_replayed: 'The sign-in link was used already, please sign in again.',
      missing_sso: 'The sign-in link is incomplete, please sign in again.',
      sso_not_configured: 'Sign-in from that site is not set up here.',
      session_expired: 'Your session is over, please sign in again.',
      session_revoked: 'Your session was ended, please sign in again.',
      signed_out: 'You are signed out.',
    } as Record<string, string>,
    unknown: 'Signing in did not work, please try again.',
  },
  blocked: {
    title: 'Your membership does not include this desk',
    tier: ['You are signed in with the ', ' tier, which is not admitted here at the moment.'],
    noTier: 'Your tier is not admitted here at the moment.',
    kept: 'Nothing of your account has changed. After an upgrade, sign in again and you are in.',
    upgrade: 'See memberships',
    again: 'Try again',
    asking: 'Asking…',
    still: 'Your tier is still not admitted.',
    signOut: 'Sign out',
    mistake: 'If you think that this is a mistake, tell the support of the site where you signed in, and name the tier above.',
  },
  notFound: {
    title: 'There is nothing here',
    text: (path: string) => `No page is called ${path}.`,
    home: 'To the workspace',
  },
  broken: {
    title: 'This page could not be loaded',
    text: 'The line may be down, or a new version was installed since the page was opened.',
    reload: 'Reload',
  },
  starting: 'Opening the desk',
  settings: {
    title: 'Settings',
    tabs: { profile: 'Profile', display: 'Display' },
    nav: 'Settings',
  },
};

/** `navigator` with a capital; tiers are names. */
export function tierName(tier: string): string {
  return tier.charAt(0).toUpperCase() + tier.slice(1);
}
