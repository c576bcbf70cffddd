import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import { HOUR_MS } from '@/lib/platform/core/clock';
import type { Fault, VerifiedLog } from '../contract';
import { installationActor } from '../installation-actor';
import { entryOf } from '../publish/record-heads';
import { INSTALLATION_ID } from '../rules';
import { equalBytes, toBase64, utf8 } from '../tlog/bytes';
import { CompactRange, HASH_BYTES, leafHash } from '../tlog/merkle';
import { parseNote } from '../tlog/note';
import { isQuorumMet, type Policy } from '../tlog/policy';
import { verifySignatures } from '../tlog/signature';
import { checkNote, type KeyRing } from './key-ring';
import { readLogs, readStoredHeads, type StoredHead, type StoredLog } from './read-logs';

/** How old the newest witnessed checkpoint may be: witnesses are asked every minute. */
const WITNESSED_WITHIN_MS = HOUR_MS;

/** The heads of one tenant with the origins of their trees. */
export interface TenantHeads {
  logs: readonly VerifiedLog[];
  heads: readonly StoredHead[];
}

export interface InstallationVerification {
  log: VerifiedLog | null;
  faults: Fault[];
  isWitnessed: boolean | null;
  witnessedMs: number | null;
}

export interface InstallationOptions {
  ring: KeyRing;
  policy: Policy | null;
  tenants: readonly TenantHeads[];
  /** Every tenant is among them, so each entry must be one of theirs. */
  isComplete: boolean;
}

const fault = (kind: Fault['kind'], origin: string, index: number | null, message: string): Fault => ({
  ...{ kind, tenantId: INSTALLATION_ID, origin, index, eventId: null, message },
});

/** The hash of every entry that some tenant's checkpoint should be. */
function expectedEntries(log: StoredLog, tenants: readonly TenantHeads[]): Map<number, Uint8Array> {
  const entries = new Map<number, Uint8Array>();
  if (log.restored?.entry !== undefined) entries.set(0, leafHash(utf8(log.restored.entry)));
  for (const { logs, heads } of tenants) {
    for (const { incarnation, size, root, entryIncarnation, entryIndex } of heads) {
      const origin = logs.find((each) => each.incarnation === incarnation)?.origin;
      if (entryIncarnation !== log.incarnation || entryIndex === null || origin === undefined) continue;
      entries.set(entryIndex, leafHash(entryOf({ origin, size, root })));
    }
  }
  return entries;
}

async function readHashes(incarnation: number): Promise<Uint8Array[]> {
  const rows = await readTenant(installationActor(), (tx) =>
    tx.execute<{ hashes: Buffer }>(sql`
      select hashes from public.audit_batch where tenant_id = ${INSTALLATION_ID}::uuid
        and incarnation = ${incarnation}::smallint order by first_index`),
  );
  return rows.flatMap(({ hashes }) =>
    Array.from({ length: hashes.length / HASH_BYTES }, (_, n) =>
      Uint8Array.from(hashes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES)),
    ),
  );
}

function checkTree(
  log: StoredLog,
  hashes: readonly Uint8Array[],
  heads: readonly StoredHead[],
  options: InstallationOptions,
): Fault[] {
  const { origin } = log;
  const faults: Fault[] = [];
  const entries = expectedEntries(log, options.tenants);
  if (hashes.length !== log.size) {
    faults.push(
      fault(
        'tree_forked',
        origin,
        hashes.length,
        `The log has ${log.size} entries, but ${hashes.length} hashes.`,
      ),
    );
  }
  const roots = new Map(heads.map(({ size, root }) => [size, root]));
  const range = CompactRange.empty();
  for (const [index, hash] of hashes.entries()) {
    const expected = entries.get(index);
    if (expected ? !equalBytes(expected, hash) : options.isComplete) {
      const message = expected
        ? 'The entry is not the checkpoint that is on record for it.'
        : 'The entry is the checkpoint of no tree on record.';
      faults.push(fault('tree_forked', origin, index, message));
    }
    range.append(hash);
    const root = roots.get(range.size);
    if (root && !equalBytes(range.root(), root)) {
      faults.push(
        fault(
          'tree_forked',
          origin,
          range.size,
          `The log of ${range.size} entries is not the one that was published.`,
        ),
      );
    }
  }
  for (const { size } of heads.filter((head) => head.size > hashes.length)) {
    faults.push(
      fault(
        'tree_forked',
        origin,
        hashes.length,
        `A checkpoint of ${size} entries was published; ${hashes.length} are left.`,
      ),
    );
  }
  return faults;
}

function checkNotes(log: StoredLog, heads: readonly StoredHead[], ring: KeyRing): Fault[] {
  return heads.flatMap(({ note, size, root }) => {
    if (note === null) return [];
    const checked = checkNote(note, ring);
    if (checked.problem !== null) {
      return [
        fault('unknown_signer', log.origin, size, `The checkpoint of size ${size}: ${checked.problem}`),
      ];
    }
    const { checkpoint } = checked;
    const isSame =
      checkpoint.origin === log.origin && checkpoint.size === size && equalBytes(checkpoint.root, root);
    return isSame
      ? []
      : [fault('tree_forked', log.origin, size, `What is signed for size ${size} is another tree.`)];
  });
}

/** The newest checkpoint that enough witnesses cosigned, by their signatures. @returns when, in milliseconds */
function witnessedAt(heads: readonly StoredHead[], policy: Policy): number | null {
  for (const { note } of heads.toReversed()) {
    if (note === null) continue;
    const signatures = verifySignatures(
      parseNote(note),
      policy.witnesses.map(({ key }) => key),
    );
    const names = policy.witnesses
      .filter(({ key }) => signatures.some((each) => each.key === key))
      .map(({ name }) => name);
    if (isQuorumMet(policy, new Set(names)))
      return Math.max(...signatures.map(({ time }) => time ?? 0)) * 1000;
  }
  return null;
}

function checkWitnessed(log: StoredLog, heads: readonly StoredHead[], { policy }: InstallationOptions) {
  if (!policy || policy.quorum === 'none') return { faults: [], isWitnessed: null, witnessedMs: null };
  let witnessedMs: number | null = null;
  try {
    witnessedMs = witnessedAt(heads, policy);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { faults: [fault('not_witnessed', log.origin, null, message)], isWitnessed: false, witnessedMs };
  }
  const isWitnessed = witnessedMs !== null && Date.now() - witnessedMs <= WITNESSED_WITHIN_MS;
  const message =
    witnessedMs === null
      ? 'No checkpoint carries the cosignatures that the witness policy asks for.'
      : `The newest checkpoint that the witnesses cosigned is of ${new Date(witnessedMs).toISOString()}.`;
  return {
    faults: isWitnessed ? [] : [fault('not_witnessed', log.origin, null, message)],
    isWitnessed,
    witnessedMs,
  };
}

/** Verifies the log of the installation: its entries, its published heads, their signatures, the witnesses'. */
export async function verifyInstallation(options: InstallationOptions): Promise<InstallationVerification> {
  const { logs, heads } = await readTenant(installationActor(), async (tx) => ({
    logs: await readLogs(tx, INSTALLATION_ID),
    heads: await readStoredHeads(tx, INSTALLATION_ID),
  }));
  const faults: Fault[] = [];
  for (const log of logs) {
    const own = heads.filter(({ incarnation }) => incarnation === log.incarnation);
    faults.push(...checkTree(log, await readHashes(log.incarnation), own, options));
    faults.push(...checkNotes(log, own, options.ring));
    // Its own entries that were lost stand for heads of trees, which say so themselves.
    for (const { origin, from, to } of (log.restored?.lost ?? []).slice(1)) {
      const message = `The log of a tenant that the backup did not know was lost, ${to} leaves.`;
      faults.push({ ...fault('lost_in_restore', origin, from, message), until: to });
    }
  }
  const newest = logs.at(-1);
  if (!newest) return { log: null, faults, isWitnessed: options.policy ? false : null, witnessedMs: null };
  const own = heads.filter(({ incarnation }) => incarnation === newest.incarnation);
  const witnessed = checkWitnessed(newest, own, options);
  const head = own.at(-1);
  return {
    ...witnessed,
    faults: [...faults, ...witnessed.faults],
    log: {
      ...{
        tenantId: INSTALLATION_ID,
        origin: newest.origin,
        incarnation: newest.incarnation,
        leaves: newest.size,
      },
      checkpoint: head ? { size: head.size, root: toBase64(head.root) } : null,
    },
  };
}
