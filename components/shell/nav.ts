import type { ReactNode } from 'react';
import type { ShortcutId } from './shortcuts';

/** One place to go. The caller passes only what the reader's role permits. */
export interface NavEntry {
  href: string;
  label: string;
  /** A lucide element: `<KeyRound aria-hidden />`. */
  icon: ReactNode;
  shortcut?: ShortcutId;
  /** Entries with the same group stand together under that heading. */
  group?: string;
  /** A number that wants attention, shown at the right. */
  count?: number;
}

export const SIDEBAR_COOKIE = 'bulwark_sidebar';

/** The entry whose path is the longest prefix of the current one. */
export function activeEntry(nav: readonly NavEntry[], pathname: string): NavEntry | undefined {
  return nav
    .filter(({ href }) => pathname === href || (href !== '/' && pathname.startsWith(`${href}/`)))
    .sort((a, b) => b.href.length - a.href.length)[0];
}
