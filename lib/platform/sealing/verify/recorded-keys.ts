import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import { jobActor } from '@/lib/platform/jobs/contract';
import { installationActor } from '../installation-actor';
import { INSTALLATION_ID } from '../rules';
import { SIGNATURE_TYPES, type SignatureType, verifierKey } from '../tlog/note';
import { type KeyRing, ringOfKeys, type TrustedKey } from './key-ring';

interface RecordedKey extends Record<string, unknown> {
  name: string;
  type: number;
  publicKey: Buffer;
  fromSize: number;
  untilSize: number | null;
}

const isType = (type: number): type is SignatureType => Object.values<number>(SIGNATURE_TYPES).includes(type);

/** The public keys of a log as the database has them, oldest first. */
export async function readRecordedKeys(tenantId: string): Promise<TrustedKey[]> {
  const actor =
    tenantId === INSTALLATION_ID ? installationActor() : jobActor(tenantId, 'read the keys of the log');
  const rows = await readTenant(actor, (tx) =>
    tx.execute<RecordedKey>(sql`
      select key_name as name, type, public_key as "publicKey", from_size::float8 as "fromSize",
        until_size::float8 as "untilSize"
      from public.audit_log_key where tenant_id = ${tenantId}::uuid order by added_at, type`),
  );
  return rows.flatMap(({ name, type, publicKey, fromSize, untilSize }) =>
    isType(type)
      ? [{ key: verifierKey(name, type, new Uint8Array(publicKey)), from: fromSize, until: untilSize }]
      : [],
  );
}

/** For a host without the signing key: whoever can write to the database could have replaced these keys. */
export async function ringOfRecord(tenantIds: readonly string[]): Promise<KeyRing> {
  const keys: TrustedKey[] = [];
  for (const id of [...tenantIds, INSTALLATION_ID]) keys.push(...(await readRecordedKeys(id)));
  return ringOfKeys('the database, since LOG_SIGNING_KEY is not set here', keys);
}
