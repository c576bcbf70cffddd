import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import type { Outside } from '../read/log-status';
import { INSTALLATION_ID } from '../rules';
import { verifierKey } from '../tlog/note';
import { formatPolicy, type PolicyLog, parsePolicy } from '../tlog/policy';
import { readRecordedKeys } from '../verify/recorded-keys';

async function newestOrigin(
  tx: ReadTx,
  tenantId: string,
): Promise<{ origin: string; outside: Outside | null } | null> {
  const [log] = await tx.execute<{ origin: string; outside: Outside | null }>(sql`
    select origin, outside from public.audit_log where tenant_id = ${tenantId}::uuid order by incarnation desc limit 1`);
  return log ?? null;
}

/** A log has the same keys in every incarnation; the policy names the newest. */
async function keysOf(tenantId: string, origin: string | undefined): Promise<PolicyLog[]> {
  if (origin === undefined) return [];
  const keys = await readRecordedKeys(tenantId);
  return keys.map(({ key }) => ({ key: verifierKey(origin, key.type, key.publicKey), url: null }));
}

const HEADER = `# Whose signatures count for this audit log (c2sp.org/tlog-policy). Keep it where this installation cannot change
# it: whoever may replace the policy decides what verifies.
`;

/** The logs' keys from the record, the witnesses as the worker has them configured. */
export async function policyText(actor: Actor): Promise<string> {
  const { own, installation } = await readTenant(actor, async (tx) => ({
    own: await newestOrigin(tx, actor.tenantId),
    installation: await newestOrigin(tx, INSTALLATION_ID),
  }));
  const given = installation?.outside?.policy;
  const { witnesses, groups, quorum } = given
    ? parsePolicy(given)
    : { witnesses: [], groups: [], quorum: 'none' };
  const logs = [
    ...(await keysOf(actor.tenantId, own?.origin)),
    ...(await keysOf(INSTALLATION_ID, installation?.origin)),
  ];
  return `${HEADER}${formatPolicy({ logs, witnesses, groups, quorum })}`;
}
