/** Sections of the administration in their order; each is `/admin/<name>`. */
export const ADMIN_TABS = ['overview', 'users', 'gates', 'health', 'indicators', 'articles', 'diagnostics'] as const;

export type AdminTab = (typeof ADMIN_TABS)[number];

/** The section that an address names; null for anything else. */
export function tabOf(text: string | undefined): AdminTab | null {
  return ADMIN_TABS.find((tab) => tab === text) ?? null;
}
