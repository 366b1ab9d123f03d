import { type ComponentType, lazy } from 'react';

type Page = () => Promise<{ default: ComponentType }>;

/** Every page is a file of its own, fetched when it is gone to. */
const LOADERS = {
  workspace: () => import('../pages/WorkspacePage'),
  login: () => import('../pages/LoginPage'),
  blocked: () => import('../pages/BlockedPage'),
  settings: () => import('../pages/SettingsPage'),
  admin: () => import('../pages/admin/AdminPage'),
  notFound: () => import('../pages/NotFoundPage'),
} satisfies Record<string, Page>;

export const WorkspacePage = lazy(LOADERS.workspace);
export const LoginPage = lazy(LOADERS.login);
export const BlockedPage = lazy(LOADERS.blocked);
export const SettingsPage = lazy(LOADERS.settings);
export const AdminPage = lazy(LOADERS.admin);
export const NotFoundPage = lazy(LOADERS.notFound);

/** Which page an address begins with; those that are open need nobody to be signed in. */
export function pageOf(pathname: string): { page: keyof typeof LOADERS; isOpen: boolean } {
  const first = pathname.split('/').find(Boolean) ?? '';
  if (first === '') return { page: 'workspace', isOpen: false };
  if (first === 'login' || first === 'blocked') return { page: first, isOpen: true };
  if (first === 'settings' || first === 'profile') return { page: 'settings', isOpen: false };
  return { page: first === 'admin' ? 'admin' : 'notFound', isOpen: false };
}

/** Fetches the first page's file while everything else begins, and behind it the chart, which else would wait for its bars. Administrators' pages wait until it is known who asks. */
export function preload(pathname: string) {
  const { page } = pageOf(pathname);
  if (page === 'admin') return;
  const fetched: Promise<unknown> = LOADERS[page]();
  (page === 'workspace' ? fetched.then(() => import('../panels/chart/PriceChart')) : fetched).catch(() => {});
}
