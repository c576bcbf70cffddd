import { and, eq, isNull, sql } from 'drizzle-orm';
import { secretBackend } from '@/db/schema/secrets';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { type BackendRow, databaseNow } from './backend-store';
import type { BackendProblem, SecretBackendDto, SecretBackendListDto } from './contract';
import { backendState, isProvable } from './rules';

interface Counts {
  secrets: number;
  exposed: number;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** A backend as it is shown; what it holds was counted beside it. */
export function backendDtoOf(row: BackendRow, counts: Counts, nowMs: number): SecretBackendDto {
  const problem =
    row.problemCode === null
      ? null
      : {
          code: row.problemCode as BackendProblem,
          sentence: row.problem ?? '',
          since: (row.problemSince ?? row.createdAt).toISOString(),
        };
  const proof =
    row.proof === null || row.provedAt === null
      ? null
      : {
          outcome: row.proof,
          sentence: row.proofDetail ?? '',
          paths: row.proofPaths,
          at: row.provedAt.toISOString(),
        };
  const { state, sentence } = backendState(
    {
      kind: row.kind,
      readAtMs: row.readAt?.getTime() ?? null,
      problem,
      proof: proof && { ...proof, atMs: Date.parse(proof.at) },
      unreadPaths: row.unreadPaths,
      clockSkewMs: row.clockSkewMs,
    },
    nowMs,
  );
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    product: row.product,
    state,
    sentence,
    problem,
    readAt: iso(row.readAt),
    attemptedAt: iso(row.attemptedAt),
    readBy: row.readBy,
    unreadPaths: row.unreadPaths.slice(0, 20),
    proof,
    isProvable: isProvable(row.kind),
    clockSkewMs: row.clockSkewMs,
    ...counts,
    references: row.referenceCount,
  };
}

export async function readBackends(tx: ReadTx, tenantId: string): Promise<SecretBackendDto[]> {
  const rows = await tx
    .select()
    .from(secretBackend)
    .where(and(eq(secretBackend.tenantId, tenantId), isNull(secretBackend.removedAt)))
    .orderBy(secretBackend.kind, secretBackend.name)
    .limit(1000);
  const counted = await tx.execute<{ id: string; secrets: number; exposed: number }>(sql`
    select backend_id as id, count(*)::int as secrets,
      count(*) filter (where exposure in ('plain', 'repository'))::int as exposed
    from secret where tenant_id = ${tenantId}::uuid and missing_at is null and deleted_at is null group by backend_id`);
  const counts = new Map(counted.map(({ id, ...one }) => [id, one]));
  const nowMs = (await databaseNow(tx)).getTime();
  return rows.map((row) => backendDtoOf(row, counts.get(row.id) ?? { secrets: 0, exposed: 0 }, nowMs));
}

/** Every place where secrets are kept or were seen, and how it stands. */
export async function listBackends(actor: Actor): Promise<SecretBackendListDto> {
  requirePermission(actor, 'secrets:read');
  const { vault, awsRegion } = getEnv().secretBackends;
  return readTenant(actor, async (tx) => ({
    items: await readBackends(tx, actor.tenantId),
    nextCursor: null,
    connected: { vault: vault !== null, aws: awsRegion !== null },
  }));
}
