import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { readBackends } from './backend-queries';
import type { BackendKind, BackendState, SecretStatus } from './contract';
import { isEnded, ownerKey, secretStatus } from './status-sql';

export const secretHref = (id: string): string => `/secrets/${id}`;
export const BACKENDS_HREF = '/secrets/backends';

/** One secret as others judge it. Times are epoch milliseconds. */
export interface KnownSecret {
  id: string;
  name: string;
  path: string;
  backend: string;
  status: SecretStatus;
  isExposed: boolean;
  isOwnerUnknown: boolean;
  /** Null: not known when its current version was made. */
  rotatedMs: number | null;
  /** Null: it is never due. */
  dueMs: number | null;
}

const ms = (column: SQL) => sql`(extract(epoch from ${column}) * 1000)::float8`;
const joined = sql`secret s join secret_backend b on b.tenant_id = s.tenant_id and b.id = s.backend_id`;

/** Every secret that is there, and how many in all where the list is cut. */
export async function readKnownSecrets(
  tx: ReadTx,
  tenantId: string,
  limit: number,
): Promise<{ items: KnownSecret[]; total: number }> {
  const rows = await tx.execute<KnownSecret & Record<string, unknown>>(sql`
    select s.id, s.name, s.path, b.kind as backend, ${secretStatus} as status,
      s.exposure in ('plain', 'repository') as "isExposed", ${ownerKey} = 'unknown' as "isOwnerUnknown",
      ${ms(sql`s.rotated_at`)} as "rotatedMs", ${ms(sql`s.due_at`)} as "dueMs", count(*) over ()::integer as total
    from ${joined} where s.tenant_id = ${tenantId}::uuid and not ${isEnded} order by s.due_at, s.id limit ${limit}`);
  return { items: rows.map(({ total: _total, ...row }) => row), total: Number(rows[0]?.total ?? 0) };
}

/** A place of secrets, and whether all of it was read lately. */
export interface KnownBackend {
  id: string;
  kind: BackendKind;
  name: string;
  state: BackendState;
  sentence: string | null;
}

export async function readKnownBackends(tx: ReadTx, tenantId: string): Promise<KnownBackend[]> {
  const backends = await readBackends(tx, tenantId);
  return backends.map(({ id, kind, name, state, sentence }) => ({ id, kind, name, state, sentence }));
}
