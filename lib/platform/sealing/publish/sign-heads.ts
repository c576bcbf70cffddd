import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { jobActor } from '@/lib/platform/jobs/contract';
import { installationActor } from '../installation-actor';
import type { Outside } from '../read/log-status';
import { INSTALLATION_ID } from '../rules';
import { formatCheckpoint } from '../tlog/checkpoint';
import { formatNote, SIGNATURE_TYPES } from '../tlog/note';
import type { Signer } from '../tlog/signer';
import { logSigners } from './log-signers';
import type { Head } from './record-heads';

interface KnownKey extends Record<string, unknown> {
  publicKey: Buffer;
  isClosed: boolean;
}

/** Every key is on record from the first size that it signs; one that was closed signs no more. */
async function usableSigners(tx: WriteTx, head: Head, secrets: readonly string[]): Promise<Signer[]> {
  const known = await tx.execute<KnownKey>(sql`
    select public_key as "publicKey", until_size is not null as "isClosed" from public.audit_log_key
    where tenant_id = ${head.tenantId}::uuid`);
  const usable: Signer[] = [];
  for (const signer of secrets.flatMap((secret) => logSigners(secret, head.origin))) {
    const { name, type, publicKey } = signer.key;
    const row = known.find((each) => each.publicKey.equals(publicKey));
    if (row?.isClosed) continue;
    usable.push(signer);
    if (row) continue;
    await tx.execute(sql`
      insert into public.audit_log_key (tenant_id, key_name, type, public_key, from_incarnation, from_size)
      values (${head.tenantId}::uuid, ${name}, ${type}::smallint, ${Buffer.from(publicKey)}::bytea,
        ${head.incarnation}::smallint, ${head.size}::bigint)
      on conflict do nothing`);
  }
  return usable;
}

/** Ed25519 lines stand first: what knows no other type reads those. */
const byType = (a: Signer, b: Signer) =>
  Number(a.key.type !== SIGNATURE_TYPES.ed25519) - Number(b.key.type !== SIGNATURE_TYPES.ed25519);

/**
 * The signed note of a head, with its keys on record.
 * @returns null where no secret may sign: there is none, or its key was retired
 */
// guard: the worker's own bookkeeping about events that are recorded already
export async function signHead(
  head: Head,
  secrets: readonly string[],
  timeMs: number,
): Promise<string | null> {
  const signers = await inTenant(jobActor(head.tenantId, 'sign checkpoints'), (tx) =>
    usableSigners(tx, head, secrets),
  );
  if (signers.length === 0) return null;
  const text = formatCheckpoint(head);
  const signatures = signers.toSorted(byType).map((each) => each.sign(text, Math.floor(timeMs / 1000)));
  return formatNote({ text, signatures });
}

/**
 * Stores a note, unless it would replace one that witnesses have cosigned by one that they have not. Of the installation's log
 * the last witnessed note stays, and the last one of each day; of a tenant's only the newest.
 */
// guard: the worker's own bookkeeping about events that are recorded already
export async function storeNote(head: Head, note: string, isWitnessed: boolean): Promise<void> {
  const { tenantId, incarnation, size } = head;
  const isInstallation = tenantId === INSTALLATION_ID;
  await inTenant(jobActor(tenantId, 'sign checkpoints'), async (tx) => {
    await tx.execute(sql`
      update public.audit_checkpoint set signed_at = clock_timestamp(),
        note = case when ${isWitnessed}::boolean or witnessed_at is null then ${note} else note end,
        witnessed_at = case when ${isWitnessed}::boolean then clock_timestamp() else witnessed_at end
      where tenant_id = ${tenantId}::uuid and incarnation = ${incarnation}::smallint and size = ${size}::bigint`);
    await tx.execute(sql`
      update public.audit_checkpoint set note = null
      where tenant_id = ${tenantId}::uuid and incarnation = ${incarnation}::smallint and size < ${size}::bigint
        and note is not null and (not ${isInstallation}::boolean
          or published_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC')
        and size <> coalesce((select max(c.size) from public.audit_checkpoint c where c.tenant_id = ${tenantId}::uuid
          and c.incarnation = ${incarnation}::smallint and c.witnessed_at is not null), -1)`);
  });
}

/** What vouches for the log beside its signature, for those who only read. */
// guard: the worker's own settings
export async function storeOutside(outside: Outside): Promise<void> {
  const text = JSON.stringify(outside);
  await inTenant(installationActor(), (tx) =>
    tx.execute(sql`
      update public.audit_log set outside = ${text}::text::jsonb where tenant_id = ${INSTALLATION_ID}::uuid
        and outside is distinct from ${text}::text::jsonb`),
  );
}
