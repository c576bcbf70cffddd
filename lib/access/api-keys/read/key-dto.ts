import { asRevokeReason } from '@/lib/access/api-keys/change/key-store';
import type {
  KeyDto,
  KeyEnvironment,
  KeyVersionDto,
  RevokeReason,
  VersionState,
} from '@/lib/access/api-keys/contract';
import {
  effectiveState,
  endsAtMs,
  type KeyFacts,
  keyStatus,
  undoRevokeUntilMs,
} from '@/lib/access/api-keys/rules';
import { displayPrefix } from '@/lib/platform/auth/credential/key-format';
import { fillHours, type HourUsage, type VersionUsage } from './usage';

export interface KeyRow {
  id: string;
  name: string;
  description: string;
  tags: string[];
  environment: KeyEnvironment;
  ownerUserId: string | null;
  ownerName: string | null;
  scopes: string[];
  allowedCidrs: string[];
  rateLimits: { limit: number; windowSeconds: number }[];
  expiresAt: Date | null;
  disabledAt: Date | null;
  revokedAt: Date | null;
  revokedReason: string | null;
  createdAt: Date;
  updatedAt: Date;
  version: number;
  /** The database's clock when the row was read. */
  nowMs: number;
  /** `createdAt` with microseconds, for the cursor. */
  createdAtExact: string;
}

export interface VersionRow {
  id: string;
  keyId: string;
  number: number;
  publicId: string;
  last4: string;
  state: VersionState;
  predecessorGraceSeconds: number;
  reason: string | null;
  createdAt: Date;
  activatedAt: Date | null;
  graceUntil: Date | null;
  endedAt: Date | null;
  revokedReason: string | null;
  stateBeforeRevoke: string | null;
}

const isoOf = (at: Date | null) => at?.toISOString() ?? null;
const isoOfMs = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function undoUntil(revokedAtMs: number | null, reason: RevokeReason | null, nowMs: number): number | null {
  const untilMs = undoRevokeUntilMs(revokedAtMs, reason);
  return untilMs !== null && untilMs > nowMs ? untilMs : null;
}

/** A superseded version kept no earlier state: there is nothing to return to. */
function undoVersionUntil(version: VersionRow, nowMs: number): number | null {
  if (version.state !== 'revoked' || version.stateBeforeRevoke === null) return null;
  return undoUntil(version.endedAt?.getTime() ?? null, asRevokeReason(version.revokedReason), nowMs);
}

function factsOf(row: KeyRow): KeyFacts {
  return {
    expiresAtMs: row.expiresAt?.getTime() ?? null,
    disabledAtMs: row.disabledAt?.getTime() ?? null,
    revokedAtMs: row.revokedAt?.getTime() ?? null,
    revokedReason: asRevokeReason(row.revokedReason),
  };
}

function timesOf(version: VersionRow) {
  return { state: version.state, graceUntilMs: version.graceUntil?.getTime() ?? null };
}

function versionDtoOf(row: KeyRow, version: VersionRow, usage: VersionUsage | undefined): KeyVersionDto {
  const key = factsOf(row);
  const times = timesOf(version);
  const state = effectiveState(key, times, row.nowMs);
  const isOver = state !== version.state;
  const endedAtMs = isOver ? (key.revokedAtMs ?? endsAtMs(key, times)) : null;
  return {
    id: version.id,
    number: version.number,
    state,
    prefix: displayPrefix(row.environment, version.publicId),
    last4: version.last4,
    createdAt: version.createdAt.toISOString(),
    activatedAt: isoOf(version.activatedAt),
    graceUntil: isoOf(version.graceUntil),
    endsAt: isOver ? null : isoOfMs(endsAtMs(key, times)),
    endedAt: isoOf(version.endedAt) ?? isoOfMs(endedAtMs),
    predecessorGraceSeconds: version.predecessorGraceSeconds,
    reason: version.reason,
    revokedReason:
      isOver && key.revokedAtMs !== null ? key.revokedReason : asRevokeReason(version.revokedReason),
    undoRevokeUntil: isoOfMs(undoVersionUntil(version, row.nowMs)),
    lastUsedAt: usage?.lastUsedAt ? new Date(usage.lastUsedAt).toISOString() : null,
    lastUsedIp: usage?.lastUsedIp ?? null,
    allowed24h: usage?.allowed24h ?? 0,
    refused24h: usage?.refused24h ?? 0,
  };
}

function latestUse(usage: readonly VersionUsage[]): { at: string | null; ip: string | null } {
  let at: string | null = null;
  let ip: string | null = null;
  for (const one of usage) {
    if (!one.lastUsedAt) continue;
    const usedAt = new Date(one.lastUsedAt).toISOString();
    if (at === null || usedAt > at) [at, ip] = [usedAt, one.lastUsedIp];
  }
  return { at, ip };
}

/** A key as it leaves the database, from its row, its versions and what the worker counted. */
export function keyDtoOf(
  row: KeyRow,
  versions: readonly VersionRow[],
  usage: readonly VersionUsage[],
  hours: readonly HourUsage[],
): KeyDto {
  const facts = factsOf(row);
  const allowed24h = usage.reduce((sum, one) => sum + one.allowed24h, 0);
  const refused24h = usage.reduce((sum, one) => sum + one.refused24h, 0);
  const statusFacts = { ...facts, versions: versions.map(timesOf), allowed24h, refused24h };
  const lastUse = latestUse(usage);
  const usageOfVersion = new Map(usage.map((one) => [one.versionId, one]));
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    tags: row.tags,
    environment: row.environment,
    owner: row.ownerUserId ? { userId: row.ownerUserId, name: row.ownerName ?? 'Former member' } : null,
    scopes: row.scopes,
    allowedCidrs: row.allowedCidrs,
    rateLimits: row.rateLimits,
    status: keyStatus(statusFacts, row.nowMs),
    expiresAt: isoOf(row.expiresAt),
    disabledAt: isoOf(row.disabledAt),
    revokedAt: isoOf(row.revokedAt),
    revokedReason: facts.revokedReason,
    undoRevokeUntil: isoOfMs(undoUntil(facts.revokedAtMs, facts.revokedReason, row.nowMs)),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
    lastUsedAt: lastUse.at,
    lastUsedIp: lastUse.ip,
    usage: fillHours(hours, row.nowMs),
    versions: versions.map((version) => versionDtoOf(row, version, usageOfVersion.get(version.id))),
  };
}
