import { and, eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { scan } from '@/db/schema/findings';
import { readTenant } from '@/db/scope';
import {
  type FindingListDto,
  type ScanDiffInput,
  type ScanDiffPart,
  scanDiffInput,
} from '@/lib/assurance/findings/contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { readFindings } from './queries';

const place = z.strictObject({ rank: z.int(), id: z.uuid() });

const EVENT_OF = {
  new: 'opened',
  reopened: 'reopened',
  changed: 'changed',
  fixed: 'fixed',
} as const satisfies Record<Exclude<ScanDiffPart, 'held'>, string>;

type ScanRow = typeof scan.$inferSelect;

/** Ids of the findings in a part. Events of a run carry its time, by which they lie together on disk. */
function findingsIn(part: ScanDiffPart, row: ScanRow): SQL {
  if (part === 'held')
    return sql`select finding_id as id from sighting where tenant_id = ${row.tenantId}::uuid
      and stream_id = ${row.streamId}::uuid and held_scan_id = ${row.id}::uuid`;
  return sql`select distinct finding_id as id from finding_event where tenant_id = ${row.tenantId}::uuid
    and at = ${row.createdAt.toISOString()}::timestamptz and scan_id = ${row.id}::uuid and type = ${EVENT_OF[part]}`;
}

/**
 * The difference of a run to the last one of its stream: what it opened, saw again, found changed, fixed, or would fix
 * if it were confirmed; worst first, as the findings are now.
 */
export async function scanDiff(actor: Actor, scanId: string, input: ScanDiffInput): Promise<FindingListDto> {
  requirePermission(actor, 'findings:read');
  const { part, cursor, limit } = scanDiffInput.parse(input);
  const { tenantId } = actor;
  const after = cursor ? decodeCursor(cursor, place) : null;
  return readTenant(actor, async (tx) => {
    const [row] = isId(scanId)
      ? await tx
          .select()
          .from(scan)
          .where(and(eq(scan.tenantId, tenantId), eq(scan.id, scanId)))
      : [];
    if (!row) throw new AppError('not_found', 'Scan not found.');
    const behind = after
      ? sql`(f.severity_rank, f.id) > (${after.rank}::smallint, ${after.id}::uuid)`
      : sql`true`;
    const found = await tx.execute<{ id: string; rank: number }>(sql`
      select f.id, f.severity_rank as rank from (${findingsIn(part, row)}) part
      join finding f on f.tenant_id = ${tenantId}::uuid and f.id = part.id
      where ${behind} order by f.severity_rank, f.id limit ${limit + 1}::integer`);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      items: await readFindings(
        tx,
        tenantId,
        page.map(({ id }) => id),
      ),
      nextCursor: last ? encodeCursor({ rank: last.rank, id: last.id }) : null,
    };
  });
}
