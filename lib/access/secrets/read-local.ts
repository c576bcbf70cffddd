import { sql } from 'drizzle-orm';
import { inTenant, readDeciding, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { applyReading, changesDetails, isNothing } from './apply-reading';
import { backendTarget, changeBackend, databaseNow, lockBackend } from './backend-store';
import type { ReadSecret } from './backends/backend';
import type { RepositorySecret } from './contract';

type LocalKind = 'bulwark' | 'repository';

/** The database is as old as what is seen in it for the first time: the secrets were made with it. */
async function isNewInstallation(tx: WriteTx, tenantId: string, now: Date): Promise<boolean> {
  const [row] = await tx.execute<{ ms: number }>(
    sql`select extract(epoch from created_at)::float8 * 1000 as ms from identity.tenant where id = ${tenantId}::uuid`,
  );
  return row !== undefined && now.getTime() - row.ms < HOUR_MS;
}

async function keepLocal(
  actor: Actor,
  kind: LocalKind,
  name: string,
  secrets: readonly ReadSecret[],
): Promise<void> {
  requirePermission(actor, 'secrets:write');
  await inTenant(actor, async (tx) => {
    const backend = await lockBackend(tx, actor.tenantId, kind, name);
    const now = await databaseNow(tx);
    const isFresh = kind === 'bulwark' && (await isNewInstallation(tx, actor.tenantId, now));
    const changes = await applyReading(tx, backend, {
      secrets,
      unreadPaths: [],
      source: 'backend',
      now,
      isFresh,
    });
    await changeBackend(tx, backend, { readAt: now, attemptedAt: now });
    if (isNothing(changes)) return;
    const details = changesDetails(changes);
    await recordAudit(tx, actor, { action: 'secret.backend_read', target: backendTarget(backend), details });
  });
}

/** Takes Bulwark's own secrets over. */
export function keepOwnSecrets(actor: Actor, secrets: readonly ReadSecret[]): Promise<void> {
  return keepLocal(actor, 'bulwark', 'this installation', secrets);
}

async function hasRepositorySecrets(actor: Actor): Promise<boolean> {
  const rows = await readDeciding(actor, (tx) =>
    tx.execute(
      sql`select 1 from secret_backend where tenant_id = ${actor.tenantId}::uuid and kind = 'repository' limit 1`,
    ),
  );
  return rows.length > 0;
}

/** Takes the secrets over that scanners found in repositories; a tenant without any gets no backend for them. */
export async function keepRepositorySecrets(actor: Actor, found: readonly RepositorySecret[]): Promise<void> {
  if (found.length === 0 && !(await hasRepositorySecrets(actor))) return;
  const secrets = found.map(
    (one): ReadSecret => ({
      path: one.findingId,
      name: `${one.name} in ${one.place}`.slice(0, 200),
      kind: 'leak',
      exposure: 'repository',
      model: 'single',
      ownerUserId: one.ownerUserId,
      why: 'a scanner found it in a repository',
      findingId: one.findingId,
    }),
  );
  await keepLocal(actor, 'repository', 'findings', secrets);
}
