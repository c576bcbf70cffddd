import { and, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import { apiKey } from '@/db/schema/api-keys';
import { accessBlock } from '@/db/schema/blocks';
import { readDeciding } from '@/db/scope';
import type { KeyActor, UserActor } from '@/lib/platform/auth/contract';
import { RefusedError } from './refusal';

const isValueOf = (kind: 'key' | 'owner' | 'user', value: string | SQL) =>
  and(eq(accessBlock.kind, kind), sql`${accessBlock.value} = ${value}`);

/** Who the caller is, in the kinds that hold here; user agents and routes are for traffic through a gate. */
function hits(actor: UserActor | KeyActor): SQL | undefined {
  const { ip } = actor.request;
  const byAddress = ip
    ? sql`case when ${accessBlock.kind} = 'ip' then ${accessBlock.value}::cidr >>= ${ip}::inet else false end`
    : undefined;
  if (actor.type === 'user') return or(byAddress, isValueOf('user', actor.userId));
  const owner = sql`(select k.owner_user_id::text from ${apiKey} k where k.tenant_id = ${actor.tenantId} and k.id = ${actor.keyId})`;
  return or(byAddress, isValueOf('key', actor.keyId), isValueOf('owner', owner));
}

/** Whether a block of the tenant stands against the caller: read on every request, as the gate's revision is. */
export async function isBlocked(actor: UserActor | KeyActor): Promise<boolean> {
  const found = await readDeciding(actor, (tx) =>
    tx
      .select({ id: accessBlock.id })
      .from(accessBlock)
      .where(
        and(
          eq(accessBlock.tenantId, actor.tenantId),
          isNull(accessBlock.liftedAt),
          or(isNull(accessBlock.expiresAt), sql`${accessBlock.expiresAt} > statement_timestamp()`),
          hits(actor),
        ),
      )
      .limit(1),
  );
  return found.length > 0;
}

/** @throws RefusedError forbidden where a block stands against the caller; it says nothing about the block */
export async function refuseBlocked(actor: UserActor | KeyActor): Promise<void> {
  if (!(await isBlocked(actor))) return;
  const id = actor.type === 'user' ? actor.userId : actor.keyId;
  throw new RefusedError('forbidden', 'You are blocked in this tenant. Ask an operator.', {
    code: 'BLOCKED',
    tenantId: actor.tenantId,
    label: actor.label,
    target: { type: actor.type, id, label: actor.label },
  });
}
