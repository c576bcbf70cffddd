import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ReadTx } from '@/db/scope';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { gateItemDto, type VerdictDto } from './contract';
import type { Place } from './history';

interface Row extends Record<string, unknown> {
  id: string;
  release: string;
  image_digest: string | null;
  environment: string;
  verdict: VerdictDto['verdict'];
  items: unknown;
  decided_at: string;
  decided_exact: string;
  actor_label: string;
  override_by: string | null;
  override_name: string | null;
  override_at: string | null;
  override_reason: string | null;
}

const iso = (value: string) => new Date(value).toISOString();

function overrideOf(row: Row): VerdictDto['override'] {
  if (row.override_by === null || row.override_at === null) return null;
  return {
    by: { userId: row.override_by, name: row.override_name ?? 'Unknown' },
    at: iso(row.override_at),
    reason: row.override_reason ?? '',
  };
}

function dtoOf(row: Row): VerdictDto {
  return {
    id: row.id,
    release: row.release,
    imageDigest: row.image_digest,
    environment: row.environment,
    verdict: row.verdict,
    decidedAt: iso(row.decided_at),
    by: row.actor_label,
    url: `${getEnv().consoleUrl}/checklist/releases/${row.id}`,
    items: z.array(gateItemDto).parse(row.items),
    override: overrideOf(row),
  };
}

const select = sql`select v.id, v.release, v.image_digest, v.environment, v.verdict, v.items, v.decided_at,
  to_char(v.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as decided_exact, v.actor_label,
  o.overridden_by as override_by, u.display_name as override_name, o.overridden_at as override_at, o.reason as override_reason
  from release_verdict v
  left join release_override o on o.tenant_id = v.tenant_id and o.verdict_id = v.id
  left join identity.user_account u on u.id = o.overridden_by`;

/** @throws AppError `not_found`, also for another tenant's verdict */
export async function readVerdict(tx: ReadTx, tenantId: string, id: string): Promise<VerdictDto> {
  const [row] = isId(id)
    ? await tx.execute<Row>(sql`${select} where v.tenant_id = ${tenantId} and v.id = ${id}`)
    : [];
  if (!row) throw new AppError('not_found', 'Verdict not found.');
  return dtoOf(row);
}

/** Newest first, each with its place in the list. */
export async function readVerdicts(
  tx: ReadTx,
  tenantId: string,
  { before, limit }: { before: Place | null; limit: number },
): Promise<{ item: VerdictDto; place: Place }[]> {
  const from = before
    ? sql`and (v.decided_at, v.id) < (${before.at}::timestamptz, ${before.id}::uuid)`
    : sql``;
  const rows = await tx.execute<Row>(
    sql`${select} where v.tenant_id = ${tenantId} ${from} order by v.decided_at desc, v.id desc limit ${limit}`,
  );
  return rows.map((row) => ({ item: dtoOf(row), place: { at: row.decided_exact, id: row.id } }));
}
