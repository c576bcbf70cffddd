import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { tenant } from '@/db/schema/identity';
import { keyRotation, rotationPolicy } from '@/db/schema/rotation';
import type { ReadTx, WriteTx } from '@/db/scope';
import {
  type Delivery,
  type RotationRules,
  rotationOverride,
  rotationRules,
  STANDARD_RULES,
} from '@/lib/access/api-keys/rotation-contract';
import { effectiveDelivery, effectiveRules, type RotatableKey } from '@/lib/access/api-keys/rotation-rules';
import { getEnv } from '@/lib/platform/core/env/env';

export interface Policy {
  rules: RotationRules;
  version: number;
  updatedAt: Date | null;
  timeZone: string;
}

/** The tenant's policy, or the standard one. Stored rules were checked when they were written. */
export async function readPolicy(tx: ReadTx, tenantId: string): Promise<Policy> {
  const [row] = await tx.select().from(rotationPolicy).where(eq(rotationPolicy.tenantId, tenantId));
  const [home] = await tx.select({ timeZone: tenant.timeZone }).from(tenant).where(eq(tenant.id, tenantId));
  return {
    rules: row ? rotationRules.parse(row.rules) : STANDARD_RULES,
    version: row?.version ?? 0,
    updatedAt: row?.updatedAt ?? null,
    timeZone: home?.timeZone ?? 'UTC',
  };
}

export interface PlannedKey extends RotatableKey {
  name: string;
  scopes: string[];
  delivery: Delivery;
}

interface KeyRow extends Record<string, unknown> {
  id: string;
  name: string;
  owner_user_id: string | null;
  scopes: string[];
  expires_ms: number | null;
  disabled: boolean;
  revoked: boolean;
  current_ms: number | null;
  rotating: boolean;
  is_off: boolean;
  override: unknown;
  has_public_key: boolean;
  file_name: string | null;
}

function plannedKeyOf(row: KeyRow, policy: Policy): PlannedKey {
  const rules = effectiveRules(policy.rules, rotationOverride.parse(row.override), row.is_off);
  return {
    keyId: row.id,
    name: row.name,
    ownerUserId: row.owner_user_id,
    scopes: row.scopes,
    rules,
    currentSinceMs: row.current_ms,
    expiresAtMs: row.expires_ms,
    isDisabled: row.disabled,
    isRevoked: row.revoked,
    isRotating: row.rotating,
    delivery: effectiveDelivery(rules.delivery, {
      scopes: row.scopes,
      hasPublicKey: row.has_public_key,
      hasFile: row.file_name !== null && getEnv().rotationSecretsDir !== undefined,
    }),
  };
}

const msOf = (column: SQL) => sql`(floor(extract(epoch from ${column}) * 1000))::float8`;

/** Keys as the planner sees them; ended ones are left out unless one key is asked for. */
export async function readPlannedKeys(
  tx: ReadTx,
  tenantId: string,
  policy: Policy,
  keyId?: string,
): Promise<PlannedKey[]> {
  const which = keyId === undefined ? sql`k.revoked_at is null` : sql`k.id = ${keyId}::uuid`;
  const rows = await tx.execute<KeyRow>(sql`
    select k.id, k.name, k.owner_user_id, k.scopes, ${msOf(sql`k.expires_at`)} as expires_ms,
      k.disabled_at is not null as disabled, k.revoked_at is not null as revoked,
      ${msOf(sql`coalesce(c.activated_at, c.created_at)`)} as current_ms,
      exists (select 1 from public.api_key_version p where p.tenant_id = k.tenant_id and p.key_id = k.id
        and p.state = 'pending')
        or exists (select 1 from public.key_rotation r where r.tenant_id = k.tenant_id and r.key_id = k.id
        and r.state in ('open', 'delivered')) as rotating,
      coalesce(s.is_off, false) as is_off, coalesce(s.override, '{}'::jsonb) as override,
      s.public_key is not null as has_public_key, s.file_name
    from public.api_key k
    left join public.api_key_version c on c.tenant_id = k.tenant_id and c.key_id = k.id and c.state = 'current'
    left join public.key_rotation_setting s on s.tenant_id = k.tenant_id and s.key_id = k.id
    where k.tenant_id = ${tenantId}::uuid and ${which}`);
  return rows.map((row) => plannedKeyOf(row, policy));
}

/** Owners of whom a rotation by policy began on the day of the tenant's zone in which `nowMs` lies. */
export async function ownersOfToday(
  tx: ReadTx,
  tenantId: string,
  timeZone: string,
  nowMs: number,
): Promise<Set<string>> {
  const rows = await tx.execute<{ owner: string }>(sql`
    select distinct owner_user_id as owner from public.key_rotation
    where tenant_id = ${tenantId}::uuid and owner_user_id is not null and cause = 'policy'
      and opened_at > to_timestamp(${nowMs / 1000}) - interval '2 days'
      and (opened_at at time zone ${timeZone})::date = (to_timestamp(${nowMs / 1000}) at time zone ${timeZone})::date`);
  return new Set(rows.map((row) => row.owner));
}

export type RotationRow = typeof keyRotation.$inferSelect;

const UNDER_WAY = inArray(keyRotation.state, ['open', 'delivered']);

/** The key's rotation that is under way; there is at most one. */
export async function openRotationOf(
  tx: ReadTx,
  tenantId: string,
  keyId: string,
): Promise<RotationRow | undefined> {
  const [row] = await tx
    .select()
    .from(keyRotation)
    .where(and(eq(keyRotation.tenantId, tenantId), eq(keyRotation.keyId, keyId), UNDER_WAY));
  return row;
}

export async function rotationsOf(tx: ReadTx, tenantId: string, keyId: string): Promise<RotationRow[]> {
  return tx
    .select()
    .from(keyRotation)
    .where(and(eq(keyRotation.tenantId, tenantId), eq(keyRotation.keyId, keyId)))
    .orderBy(desc(keyRotation.openedAt))
    .limit(100);
}

export async function changeRotation(
  tx: WriteTx,
  rotation: Pick<RotationRow, 'tenantId' | 'id'>,
  change: Partial<typeof keyRotation.$inferInsert>,
): Promise<void> {
  await tx
    .update(keyRotation)
    .set(change)
    .where(and(eq(keyRotation.tenantId, rotation.tenantId), eq(keyRotation.id, rotation.id)));
}
