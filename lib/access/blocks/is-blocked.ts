import { and, eq, or, type SQL, sql } from 'drizzle-orm';
import { accessBlock } from '@/db/schema/blocks';
import { readDeciding } from '@/db/scope';
import { keyOwnerOf } from '@/lib/access/api-keys/facts';
import type { KeyActor, UserActor } from '@/lib/platform/auth/contract';
import { isStanding } from './queries';

const isValueOf = (kind: 'key' | 'owner' | 'user', value: string | SQL) =>
  and(eq(accessBlock.kind, kind), sql`${accessBlock.value} = ${value}`);

/** Who the caller is, in the kinds that hold here; user agents and routes are for traffic through a gate. */
function hits(actor: UserActor | KeyActor): SQL | undefined {
  const { ip } = actor.request;
  const byAddress = ip
    ? sql`case when ${accessBlock.kind} = 'ip' then ${accessBlock.value}::cidr >>= ${ip}::inet else false end`
    : undefined;
  if (actor.type === 'user') return or(byAddress, isValueOf('user', actor.userId));
  const owner = keyOwnerOf(actor.tenantId, actor.keyId);
  return or(byAddress, isValueOf('key', actor.keyId), isValueOf('owner', owner));
}

/** Whether a block of the tenant stands against the caller: read on every request, as the gate's revision is. */
export async function isBlocked(actor: UserActor | KeyActor): Promise<boolean> {
  const found = await readDeciding(actor, (tx) =>
    tx
      .select({ id: accessBlock.id })
      .from(accessBlock)
      .where(and(eq(accessBlock.tenantId, actor.tenantId), isStanding, hits(actor)))
      .limit(1),
  );
  return found.length > 0;
}
