import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { eventSource, eventSourceToken } from '@/db/schema/event-sources';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { displaySourceToken } from '@/lib/platform/auth/credential/source-token';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { SOURCES_MAX, type SourceDto, type SourceListDto } from './contract';

export const sourceNotFound = () => new AppError('not_found', 'Event source not found in this tenant.');

/** Sources with their tokens; the digests stay where they are. */
async function selectSources(tx: ReadTx, tenantId: string, id?: string): Promise<SourceDto[]> {
  const sources = await tx
    .select()
    .from(eventSource)
    .where(and(eq(eventSource.tenantId, tenantId), id === undefined ? sql`true` : eq(eventSource.id, id)))
    .orderBy(sql`${eventSource.revokedAt} is not null`, desc(eventSource.createdAt))
    .limit(SOURCES_MAX);
  const tokens = await tx
    .select({
      id: eventSourceToken.id,
      sourceId: eventSourceToken.sourceId,
      publicId: eventSourceToken.publicId,
      last4: eventSourceToken.last4,
      createdAt: eventSourceToken.createdAt,
      revokedAt: eventSourceToken.revokedAt,
    })
    .from(eventSourceToken)
    .where(
      and(
        eq(eventSourceToken.tenantId, tenantId),
        id === undefined ? sql`true` : eq(eventSourceToken.sourceId, id),
      ),
    )
    .orderBy(asc(eventSourceToken.createdAt));
  const bySource = Map.groupBy(tokens, ({ sourceId }) => sourceId);
  return sources.map((source) => ({
    id: source.id,
    name: source.name,
    allowedCidrs: source.allowedCidrs,
    clientSubject: source.clientSubject,
    createdAt: source.createdAt.toISOString(),
    revokedAt: source.revokedAt?.toISOString() ?? null,
    revokedReason: source.revokedReason,
    tokens: (bySource.get(source.id) ?? []).map((token) => ({
      id: token.id,
      prefix: displaySourceToken(token.publicId),
      last4: token.last4,
      createdAt: token.createdAt.toISOString(),
      revokedAt: token.revokedAt?.toISOString() ?? null,
    })),
    version: source.version,
  }));
}

/** One source in the caller's transaction. @throws AppError `not_found` */
export async function readSource(tx: ReadTx, tenantId: string, id: string): Promise<SourceDto> {
  if (!isId(id)) throw sourceNotFound();
  const [source] = await selectSources(tx, tenantId, id);
  if (!source) throw sourceNotFound();
  return source;
}

/** Every source, those that are not revoked first. */
export async function listSources(actor: Actor): Promise<SourceListDto> {
  requirePermission(actor, 'detections:read');
  return readTenant(actor, async (tx) => ({
    items: await selectSources(tx, actor.tenantId),
    nextCursor: null,
  }));
}
