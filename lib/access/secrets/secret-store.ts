import { and, eq } from 'drizzle-orm';
import { secret } from '@/db/schema/secrets';
import type { WriteTx } from '@/db/scope';
import type { AuditTarget } from '@/lib/platform/audit/contract';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { SecretRow } from './merge';

export function secretNotFound(): AppError {
  return new AppError('not_found', 'Secret not found in this tenant.');
}

/** Reads a secret and holds it until the transaction ends; whoever changes or rotates it waits here. */
export async function lockSecret(tx: WriteTx, tenantId: string, id: string): Promise<SecretRow> {
  if (!isId(id)) throw secretNotFound();
  const [row] = await tx
    .select()
    .from(secret)
    .where(and(eq(secret.tenantId, tenantId), eq(secret.id, id)))
    .for('update');
  if (!row) throw secretNotFound();
  return row;
}

export async function changeSecret(
  tx: WriteTx,
  { tenantId, id }: Pick<SecretRow, 'tenantId' | 'id'>,
  change: Partial<typeof secret.$inferInsert>,
): Promise<void> {
  await tx
    .update(secret)
    .set(change)
    .where(and(eq(secret.tenantId, tenantId), eq(secret.id, id)));
}

export const secretTarget = ({ id, name }: Pick<SecretRow, 'id' | 'name'>): AuditTarget => ({
  type: 'secret',
  id,
  label: name,
});
