import { and, eq, inArray, sql } from 'drizzle-orm';
import { secretBackend } from '@/db/schema/secrets';
import type { ReadTx, WriteTx } from '@/db/scope';
import { AppError } from '@/lib/platform/core/errors';
import { isId, newId } from '@/lib/platform/core/ids';
import type { BackendKind } from './contract';

export type BackendRow = typeof secretBackend.$inferSelect;

/** A server is known by its address, whichever of the two products answers there. */
const kindsLike = (kind: BackendKind): BackendKind[] =>
  kind === 'vault' || kind === 'openbao' ? ['vault', 'openbao'] : [kind];

/** The backend of this kind and name, made where it is new, held until the transaction ends. */
export async function lockBackend(
  tx: WriteTx,
  tenantId: string,
  kind: BackendKind,
  name: string,
): Promise<BackendRow> {
  const which = and(
    eq(secretBackend.tenantId, tenantId),
    inArray(secretBackend.kind, kindsLike(kind)),
    eq(secretBackend.name, name),
  );
  const find = () => tx.select().from(secretBackend).where(which).for('update');
  const [known] = await find();
  if (known) return known;
  await tx.insert(secretBackend).values({ tenantId, id: newId(), kind, name }).onConflictDoNothing();
  const [made] = await find();
  if (!made) throw new Error('The secret backend could not be stored.');
  return made;
}

export function backendNotFound(): AppError {
  return new AppError('not_found', 'Secret backend not found in this tenant.');
}

/** @throws AppError `not_found` */
export async function readBackendRow(tx: ReadTx, tenantId: string, id: string): Promise<BackendRow> {
  if (!isId(id)) throw backendNotFound();
  const [row] = await tx
    .select()
    .from(secretBackend)
    .where(and(eq(secretBackend.tenantId, tenantId), eq(secretBackend.id, id)));
  if (!row) throw backendNotFound();
  return row;
}

export async function changeBackend(
  tx: WriteTx,
  { tenantId, id }: Pick<BackendRow, 'tenantId' | 'id'>,
  change: Partial<typeof secretBackend.$inferInsert>,
): Promise<void> {
  await tx
    .update(secretBackend)
    .set(change)
    .where(and(eq(secretBackend.tenantId, tenantId), eq(secretBackend.id, id)));
}

/** The database's clock. */
export async function databaseNow(tx: ReadTx): Promise<Date> {
  const [row] = await tx.execute<{ ms: number }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  if (!row) throw new Error('The database did not tell its time');
  return new Date(row.ms);
}

export const backendTarget = ({ id, kind, name }: Pick<BackendRow, 'id' | 'kind' | 'name'>) =>
  ({ type: 'secret_backend', id, label: `${kind} ${name}` }) as const;
