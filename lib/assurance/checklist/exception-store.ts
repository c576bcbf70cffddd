import { and, eq } from 'drizzle-orm';
import { checkException } from '@/db/schema/checklist';
import type { ReadTx, WriteTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { ExceptionDto } from './contract';
import { databaseNowMs, type ExceptionRow, exceptionDtos } from './store';

export const isException = (tenantId: string, id: string) =>
  and(eq(checkException.tenantId, tenantId), eq(checkException.id, id));

const notFound = () => new AppError('not_found', 'Exception not found.');

/** @throws AppError `not_found`, also for another tenant's exception */
export async function readException(tx: ReadTx, tenantId: string, id: string): Promise<ExceptionDto> {
  const rows = await tx.select().from(checkException).where(isException(tenantId, id));
  const [dto] = await exceptionDtos(tx, rows, await databaseNowMs(tx));
  if (!dto) throw notFound();
  return dto;
}

/** The exception, locked until the transaction ends, and the database's time. */
export async function lockException(
  tx: WriteTx,
  tenantId: string,
  id: string,
): Promise<{ row: ExceptionRow; nowMs: number }> {
  if (!isId(id)) throw notFound();
  const [row] = await tx.select().from(checkException).where(isException(tenantId, id)).for('update');
  if (!row) throw notFound();
  return { row, nowMs: await databaseNowMs(tx) };
}
