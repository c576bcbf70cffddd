import { and, eq, sql } from 'drizzle-orm';
import { keyRotationSetting } from '@/db/schema/rotation';
import { type ReadTx, readTenant } from '@/db/scope';
import { databaseNowMs, keyNotFound } from '@/lib/access/api-keys/change/key-store';
import { readKey } from '@/lib/access/api-keys/read/queries';
import {
  type KeyRotationDto,
  type RotationDto,
  type RotationPolicyDto,
  rotationOverride,
  type TimelineEntryDto,
} from '@/lib/access/api-keys/rotation-contract';
import { daysForRotations, dueAtMs, idleReason, nextWindowMs } from '@/lib/access/api-keys/rotation-rules';
import { eventsOf } from '@/lib/platform/audit/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { isId } from '@/lib/platform/core/ids';
import { storedOwnerKey } from './owner-key';
import {
  type PlannedKey,
  type RotationRow,
  readPlannedKeys,
  readPolicy,
  rotationsOf,
} from './rotation-store';

const isoOf = (at: Date | null) => at?.toISOString() ?? null;
const isoOfMs = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function rotationDtoOf(row: RotationRow): RotationDto {
  const { id, cause, state, delivery, onUnused, fetches, closeReason, ciphertext, problem } = row;
  return {
    id,
    cause,
    state,
    delivery,
    onUnused,
    fetches,
    closeReason,
    ciphertext,
    problem,
    dueAt: row.dueAt.toISOString(),
    openedAt: row.openedAt.toISOString(),
    deadlineAt: row.deadlineAt.toISOString(),
    deliveredAt: isoOf(row.deliveredAt),
    escalatedAt: isoOf(row.escalatedAt),
    closedAt: isoOf(row.closedAt),
  };
}

async function ownerNames(tx: ReadTx, tenantId: string): Promise<Map<string, string>> {
  const rows = await tx.execute<{ id: string; name: string }>(sql`
    select u.id, u.display_name as name from identity.membership m
    join identity.user_account u on u.id = m.user_id where m.tenant_id = ${tenantId}::uuid`);
  return new Map(rows.map((row) => [row.id, row.name]));
}

function crowdedOf(keys: readonly PlannedKey[], names: ReadonlyMap<string, string>) {
  const byOwner = Map.groupBy(
    keys.filter((key) => key.ownerUserId !== null),
    (key) => key.ownerUserId ?? '',
  );
  return [...byOwner].flatMap(([ownerId, owned]) => {
    const days = Math.min(...owned.map((key) => daysForRotations(key.rules)));
    return owned.length > days
      ? [{ owner: names.get(ownerId) ?? 'Former member', keys: owned.length, days }]
      : [];
  });
}

/** The policy with what it means for the keys there are, in the caller's transaction. */
export async function readRotationPolicy(tx: ReadTx, tenantId: string): Promise<RotationPolicyDto> {
  const policy = await readPolicy(tx, tenantId);
  const nowMs = await databaseNowMs(tx);
  const keys = await readPlannedKeys(tx, tenantId, policy);
  const rotating = keys.filter((key) => idleReason(key) === null);
  return {
    rules: policy.rules,
    version: policy.version,
    timeZone: policy.timeZone,
    updatedAt: isoOf(policy.updatedAt),
    keys: {
      rotating: rotating.length,
      off: keys.length - rotating.length,
      overdue: rotating.filter((key) => (dueAtMs(key) ?? nowMs) < nowMs).length,
    },
    crowded: crowdedOf(rotating, await ownerNames(tx, tenantId)),
    isFileDeliveryPossible: getEnv().rotationSecretsDir !== undefined,
  };
}

export async function getRotationPolicy(actor: Actor): Promise<RotationPolicyDto> {
  requirePermission(actor, 'policies:read');
  return readTenant(actor, (tx) => readRotationPolicy(tx, actor.tenantId));
}

interface RetiredUse extends Record<string, unknown> {
  version_id: string;
  uses: number;
  at: string;
  ip: string | null;
  user_agent: string | null;
}

/** Uses of replaced secrets in the last 90 days. The bloom index on the key keeps this to the blocks that name it. */
async function retiredUses(tx: ReadTx, tenantId: string, keyId: string): Promise<Map<string, RetiredUse>> {
  const rows = await tx.execute<RetiredUse>(sql`
    select e.key_version_id as version_id, count(*)::int as uses, max(e.at)::text as at,
      (array_agg(host(e.ip) order by e.at desc))[1] as ip, (array_agg(e.user_agent order by e.at desc))[1] as user_agent
    from ${eventsOf(tenantId, sql`at > now() - interval '90 days'`)} e
    where e.key_id = ${keyId}::uuid
      and e.code = 'ROTATED_OUT' and e.key_version_id is not null
    group by e.key_version_id`);
  return new Map(rows.map((row) => [row.version_id, row]));
}

async function timelineOf(tx: ReadTx, tenantId: string, keyId: string): Promise<TimelineEntryDto[]> {
  const key = await readKey(tx, tenantId, keyId);
  const rotations = await rotationsOf(tx, tenantId, keyId);
  const uses = await retiredUses(tx, tenantId, keyId);
  const names = await ownerNames(tx, tenantId);
  const makers = await tx.execute<{ id: string; created_by: string | null }>(sql`
    select id, created_by from public.api_key_version where tenant_id = ${tenantId}::uuid and key_id = ${keyId}::uuid`);
  const makerOf = new Map(makers.map((row) => [row.id, row.created_by]));
  return key.versions.map((version) => {
    const rotation = rotations.find((one) => one.versionId === version.id);
    const use = uses.get(version.id);
    const maker = makerOf.get(version.id);
    return {
      version: version.number,
      state: version.state,
      createdAt: version.createdAt,
      createdBy: maker ? (names.get(maker) ?? 'Former member') : null,
      reason: version.reason,
      firstUsedAt: version.activatedAt,
      graceUntil: version.graceUntil,
      endedAt: version.endedAt,
      rotation: rotation ? rotationDtoOf(rotation) : null,
      retiredUses: use?.uses ?? 0,
      lastRetiredUse: use
        ? { at: new Date(use.at).toISOString(), ip: use.ip, userAgent: use.user_agent }
        : null,
    };
  });
}

/** How one key rotates and how it did, in the caller's transaction. */
export async function readKeyRotation(tx: ReadTx, tenantId: string, keyId: string): Promise<KeyRotationDto> {
  if (!isId(keyId)) throw keyNotFound();
  const policy = await readPolicy(tx, tenantId);
  const [planned] = await readPlannedKeys(tx, tenantId, policy, keyId);
  if (!planned) throw keyNotFound();
  const [setting] = await tx
    .select()
    .from(keyRotationSetting)
    .where(and(eq(keyRotationSetting.tenantId, tenantId), eq(keyRotationSetting.keyId, keyId)));
  const owner = setting?.publicKey ? await storedOwnerKey(setting.publicKey) : null;
  const dueMs = dueAtMs(planned);
  const fromMs = dueMs === null ? null : Math.max(dueMs, await databaseNowMs(tx));
  const open = (await rotationsOf(tx, tenantId, keyId)).find(({ closedAt }) => closedAt === null);
  return {
    keyId,
    isOff: setting?.isOff ?? false,
    override: rotationOverride.parse(setting?.override ?? {}),
    publicKey: owner ? { kind: owner.kind, thumbprint: owner.thumbprint } : null,
    fileName: setting?.fileName ?? null,
    version: setting?.version ?? 0,
    rules: planned.rules,
    delivery: planned.delivery,
    timeZone: policy.timeZone,
    dueAt: isoOfMs(dueMs),
    notBefore: fromMs === null ? null : isoOfMs(nextWindowMs(planned.rules, policy.timeZone, fromMs)),
    idleReason: idleReason(planned),
    open: open ? rotationDtoOf(open) : null,
    timeline: await timelineOf(tx, tenantId, keyId),
    isFileDeliveryPossible: getEnv().rotationSecretsDir !== undefined,
  };
}

/** @throws AppError `not_found`, also for another tenant's key */
export async function getKeyRotation(actor: Actor, keyId: string): Promise<KeyRotationDto> {
  requirePermission(actor, 'keys:read');
  return readTenant(actor, (tx) => readKeyRotation(tx, actor.tenantId, keyId));
}
