import type { Readable } from 'node:stream';
import type postgres from 'postgres';
import { poolOf, type RuntimeRole } from './connect';
import { translateDatabaseError } from './errors';

/** A transaction with the driver's own statements, for what goes through rows by the thousand. */
export type RawTx = postgres.TransactionSql;

export interface RawScope {
  role: Exclude<RuntimeRole, 'app_gate'>;
  tenantId: string;
  /** `repeatable read`: every statement sees the snapshot of the first. */
  isolation?: 'read committed' | 'repeatable read';
  /** Of one statement; the pool's ten seconds unless given, 0 for none. */
  statementTimeoutMs?: number;
}

/** One transaction that sees one tenant only, as `inTenant` and `readTenant` of db/scope.ts. */
export async function rawTenant<T>(scope: RawScope, fn: (tx: RawTx) => Promise<T>): Promise<T> {
  const { role, tenantId, isolation = 'read committed', statementTimeoutMs } = scope;
  const access = role === 'app_ro' ? 'read only' : 'read write';
  try {
    const result = await poolOf(role).sql.begin(`isolation level ${isolation} ${access}`, async (tx) => {
      await tx`select set_config('app.tenant_id', ${tenantId}, true), set_config('app.user_id', '', true),
        set_config('app.system', '', true), set_config('app.key_public_id', '', true)`;
      if (statementTimeoutMs !== undefined) {
        await tx`select set_config('statement_timeout', ${String(statementTimeoutMs)}, true)`;
      }
      return { value: await fn(tx) };
    });
    return result.value;
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/**
 * Runs a COPY ... TO STDOUT whose rows must all be taken.
 * @param statement a text without input of anybody: COPY takes no parameters
 * @param onMessage hears of each row as the server sends it
 */
export async function copyOut(tx: RawTx, statement: string, onMessage: (row: Buffer) => void): Promise<void> {
  const rows: Readable = await tx.unsafe(statement).readable();
  await new Promise<void>((resolve, reject) => {
    rows.once('error', reject).once('end', resolve);
    rows.on('data', (row: Buffer) => {
      try {
        onMessage(row);
      } catch (error) {
        rows.removeAllListeners('data').resume();
        reject(error);
      }
    });
  });
}

/** Goes on in another tenant within the transaction, as `enterTenant` of db/scope.ts. */
export async function enterTenantRaw(tx: RawTx, tenantId: string): Promise<void> {
  await tx`select set_config('app.tenant_id', ${tenantId}, true)`;
}
