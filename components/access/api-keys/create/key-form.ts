import { z } from 'zod';
import { PERMISSION_NAMES, type Permission } from '@/lib/platform/auth/contract';
import { DAY_MS } from '@/lib/platform/core/clock';

export type ScopePreset = 'gate' | 'ci' | 'read' | 'custom';

export const scopePresets: readonly {
  id: ScopePreset;
  label: string;
  hint: string;
  scopes: readonly Permission[];
}[] = [
  {
    id: 'gate',
    label: 'Gate caller',
    hint: 'Verifies other keys with the gate (gate:verify).',
    scopes: ['gate:verify'],
  },
  {
    id: 'ci',
    label: 'CI upload',
    hint: 'Uploads scan reports from a pipeline (scans:write).',
    scopes: ['scans:write'],
  },
  {
    id: 'read',
    label: 'Read only',
    hint: 'Can read everything through the API and change nothing.',
    scopes: PERMISSION_NAMES.filter((scope) => scope.endsWith(':read')),
  },
  { id: 'custom', label: 'Custom', hint: 'Choose each scope.', scopes: [] },
];

/** The preset whose scopes are exactly these. */
export function presetOf(scopes: readonly string[]): ScopePreset {
  const same = scopePresets.find(
    (preset) =>
      preset.scopes.length > 0 &&
      preset.scopes.length === scopes.length &&
      preset.scopes.every((scope) => scopes.includes(scope)),
  );
  return same?.id ?? 'custom';
}

/** Scopes by what they concern: `keys` with `keys:read`, `keys:write`. */
export function scopeGroups(of: readonly Permission[]): { resource: string; scopes: Permission[] }[] {
  const groups = new Map<string, Permission[]>();
  for (const scope of of) {
    const resource = scope.split(':')[0] ?? scope;
    groups.set(resource, [...(groups.get(resource) ?? []), scope]);
  }
  return [...groups].map(([resource, scopes]) => ({ resource, scopes }));
}

export const EXPIRY_DAYS = [30, 90, 180, 365] as const;

export function expiryAfter(days: number, nowMs: number): string {
  return new Date(nowMs + days * DAY_MS).toISOString();
}

const cidr = z.union([z.cidrv4(), z.cidrv6()]);

/** The network as it is stored: a single address becomes its /32 or /128; anything else stays as typed. */
export function normalizeNetwork(text: string): string {
  const value = text.trim().toLowerCase();
  if (z.ipv4().safeParse(value).success) return `${value}/32`;
  if (z.ipv6().safeParse(value).success) return `${value}/128`;
  return value;
}

/** What is wrong with a network, or null. */
export function networkProblem(value: string): string | null {
  if (cidr.safeParse(value).success) return null;
  return `"${value}" is not a valid IP address or network. Enter an address or CIDR range such as 10.0.0.0/8.`;
}

/** `2026-11-21` of a moment, in the reader's own calendar, for a date input. */
export function toDateInput(iso: string): string {
  const date = new Date(iso);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** The end of that day in the reader's zone, or null where the text is not a date. */
export function fromDateInput(text: string): string | null {
  const date = new Date(`${text}T23:59:59`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
