import { and, desc, eq, sql } from 'drizzle-orm';
import { accessBlock } from '@/db/schema/blocks';
import type { ReadTx } from '@/db/scope';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { isStanding } from './queries';

/** The block of a user that lasts longest; `forSeconds` null: without an end. */
export interface UserBlock {
  id: string;
  forSeconds: number | null;
}

/** Null where no block of this user stands. */
export async function readUserBlock(tx: ReadTx, tenantId: string, userId: string): Promise<UserBlock | null> {
  const [row] = await tx
    .select({
      id: accessBlock.id,
      leftMs: sql<
        number | null
      >`(extract(epoch from ${accessBlock.expiresAt} - statement_timestamp()) * 1000)::float8`,
    })
    .from(accessBlock)
    .where(
      and(
        eq(accessBlock.tenantId, tenantId),
        eq(accessBlock.kind, 'user'),
        eq(accessBlock.value, userId),
        isStanding,
      ),
    )
    .orderBy(sql`${accessBlock.expiresAt} desc nulls first`, desc(accessBlock.id))
    .limit(1);
  if (!row) return null;
  return { id: row.id, forSeconds: row.leftMs === null ? null : row.leftMs / SECOND_MS };
}
