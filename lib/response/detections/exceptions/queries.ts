import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import { detectionException } from '@/db/schema/detections';
import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { log } from '@/lib/platform/core/log';
import {
  type ExceptionDto,
  type ExceptionListDto,
  type ExceptionState,
  type ListExceptionsInput,
  listExceptionsInput,
} from '@/lib/response/detections/exception-contract';
import { currentPolicy } from '@/lib/response/detections/policy/policy-file';
import { isoMicros } from '@/lib/response/detections/read/conditions';
import { exceptionDtoOf, exceptionNotFound, fileExceptionDto } from './exception-dto';

const IN_STATE: Record<ExceptionState, SQL> = {
  waiting: sql`${detectionException.endedAt} is null and ${detectionException.approvedAt} is null and ${detectionException.expiresAt} > now()`,
  active: sql`${detectionException.endedAt} is null and ${detectionException.approvedAt} is not null and ${detectionException.expiresAt} > now()`,
  expired: sql`${detectionException.endedAt} is null and ${detectionException.expiresAt} <= now()`,
  ended: sql`${detectionException.endedAt} is not null`,
};

/** Exceptions of the policy file that hold for the tenant; on the first page alone. */
async function ofFile(
  actor: Actor,
  state: ExceptionState | undefined,
  rule: string | undefined,
): Promise<ExceptionDto[]> {
  const { exceptions, file } = currentPolicy(getEnv().detectionsFile, log());
  if (exceptions.length === 0) return [];
  const [tenant] = await readTenant(actor, (tx) =>
    tx.execute<{ slug: string }>(sql`select slug from identity.tenant where id = ${actor.tenantId}::uuid`),
  );
  const nowMs = Date.now();
  return exceptions.flatMap((entry, index) => {
    if (entry.tenants && !entry.tenants.includes(tenant?.slug ?? '')) return [];
    const dto = fileExceptionDto(entry, index, file, nowMs);
    return (state === undefined || dto.state === state) && (rule === undefined || dto.rule === rule)
      ? [dto]
      : [];
  });
}

/** Exceptions, the newest first; those of the policy file before them. */
export async function listExceptions(
  actor: Actor,
  input: ListExceptionsInput = {},
): Promise<ExceptionListDto> {
  requirePermission(actor, 'detections:read');
  const { state, rule, cursor, limit } = listExceptionsInput.parse(input);
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  const where = [
    eq(detectionException.tenantId, actor.tenantId),
    ...(state ? [IN_STATE[state]] : []),
    ...(rule === undefined ? [] : [eq(detectionException.rule, rule)]),
    ...(after
      ? [
          sql`(${detectionException.requestedAt}, ${detectionException.id}) < (${after.at}::timestamptz, ${after.id}::uuid)`,
        ]
      : []),
  ];
  const rows = await readTenant(actor, (tx) =>
    tx
      .select({ row: detectionException, place: isoMicros(sql`${detectionException.requestedAt}`) })
      .from(detectionException)
      .where(and(...where))
      .orderBy(desc(detectionException.requestedAt), desc(detectionException.id))
      .limit(limit + 1),
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const own = shown.map(({ row }) => exceptionDtoOf(row, actor, Date.now()));
  return {
    items: [...(after ? [] : await ofFile(actor, state, rule)), ...own],
    nextCursor: last ? encodeCursor({ at: last.place, id: last.row.id }) : null,
  };
}

/** @throws AppError `not_found` */
export async function getException(actor: Actor, id: string): Promise<ExceptionDto> {
  requirePermission(actor, 'detections:read');
  if (!isId(id)) throw exceptionNotFound();
  const [row] = await readTenant(actor, (tx) =>
    tx
      .select()
      .from(detectionException)
      .where(and(eq(detectionException.tenantId, actor.tenantId), eq(detectionException.id, id))),
  );
  if (!row) throw exceptionNotFound();
  return exceptionDtoOf(row, actor, Date.now());
}
