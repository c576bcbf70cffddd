import { DAY_MS, SECOND_MS } from '@/lib/platform/core/clock';
import type { ReadSecret } from './backend';

type Item = Record<string, unknown>;

const isItem = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const itemOf = (value: unknown): Item => (isItem(value) ? value : {});
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function dateOf(value: unknown): Date | null {
  const ms = Date.parse(textOf(value));
  return Number.isNaN(ms) || ms <= 0 ? null : new Date(ms);
}

const listOf = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** `30d`, `720h`, `30`: days. */
function daysOf(text: string): number | null {
  const [, count, unit] = /^(\d{1,5})\s*(d|h)?$/.exec(text.trim()) ?? [];
  if (!count) return null;
  const days = unit === 'h' ? Math.round(Number(count) / 24) : Number(count);
  return days >= 1 && days <= 3650 ? days : null;
}

/** One secret of KV version 2, from its metadata. Its age is that of its current version: other dates move with edits. */
export function secretOfMetadata(mount: string, path: string, data: Item): ReadSecret {
  const custom = itemOf(data.custom_metadata);
  const current = numberOf(data.current_version) ?? 0;
  const versions = itemOf(data.versions);
  const version = itemOf(versions[String(current)]);
  const deletedAt = dateOf(version.deletion_time);
  const isDestroyed = version.destroyed === true;
  const isDeleted = isDestroyed || (deletedAt !== null && deletedAt.getTime() <= Date.now());
  return {
    path: `${mount}/${path}`,
    name: path,
    kind: 'value',
    exposure: 'backend',
    model: 'single',
    ownerLabel: textOf(custom.owner) || null,
    tags: listOf(textOf(custom.tags)),
    consumers: listOf(textOf(custom.consumers)),
    intervalDays: daysOf(textOf(custom.rotation_interval)),
    versionLabel: current > 0 ? String(current) : null,
    versionCount: Object.keys(versions).length,
    rotatedAt: dateOf(version.created_time),
    isUseKnown: false,
    deletedAt: isDeleted ? (deletedAt ?? dateOf(version.created_time)) : null,
    isDestroyed,
  };
}

/** A static role: Vault replaces the password itself, at once, and only it knows the new one. */
export function secretOfStaticRole(mount: string, name: string, data: Item): ReadSecret {
  const seconds = numberOf(data.rotation_period);
  const login = textOf(data.username);
  return {
    path: `${mount}/static-roles/${name}`,
    name: login ? `${name} (${login})` : name,
    kind: 'database_login',
    exposure: 'backend',
    model: 'static_role',
    intervalDays: seconds ? Math.max(1, Math.round((seconds * SECOND_MS) / DAY_MS)) : null,
    versionLabel: dateOf(data.last_vault_rotation)?.toISOString() ?? null,
    rotatedAt: dateOf(data.last_vault_rotation),
    isUseKnown: false,
  };
}

/** A role whose logins live as long as their lease: there is nothing to rotate. */
export function secretOfDynamicRole(mount: string, name: string): ReadSecret {
  return {
    path: `${mount}/roles/${name}`,
    name,
    kind: 'database_dynamic',
    exposure: 'backend',
    model: 'dynamic',
    isUseKnown: false,
  };
}
