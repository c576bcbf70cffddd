import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { log } from '@/lib/platform/core/log';
import { applyReading, changesDetails, isNothing } from './apply-reading';
import { type BackendRow, backendTarget, changeBackend, databaseNow, lockBackend } from './backend-store';
import { BackendError, type BackendReader, type ProofOfDenial, type Reading } from './backends/backend';
import type { CredentialMemory } from './backends/vault-sign-in';
import type { BackendKind } from './contract';
import { noticeBackend } from './notices';

const READ_EVERY_MS = HOUR_MS;
/** One that could not be read is tried again sooner. */
const RETRY_EVERY_MS = 5 * MINUTE_MS;
const PROVE_EVERY_MS = DAY_MS - HOUR_MS;
const READ_WITHIN_MS = 10 * MINUTE_MS;

/** A backend as the settings name it, before anything is known of it. */
export interface BackendSource {
  kind: BackendKind;
  name: string;
  /** @throws BackendError */
  open(memory: CredentialMemory): BackendReader;
}

function isDue({ attemptedAt, problemCode }: BackendRow, nowMs: number): boolean {
  const everyMs = problemCode === null ? READ_EVERY_MS : RETRY_EVERY_MS;
  return attemptedAt === null || nowMs - attemptedAt.getTime() >= everyMs;
}

/** Takes the turn to read a backend; null where it is not due, or another worker has just begun. */
// guard: it notes who reads next; the reading itself is recorded when it ends
async function takeTurn(
  actor: Actor,
  { kind, name }: BackendSource,
  isForced: boolean,
): Promise<BackendRow | null> {
  return inTenant(actor, async (tx) => {
    const row = await lockBackend(tx, actor.tenantId, kind, name);
    const now = await databaseNow(tx);
    if (!isForced && !isDue(row, now.getTime())) return null;
    await changeBackend(tx, row, { attemptedAt: now, removedAt: null });
    return row;
  });
}

/** What the backend remembers of the secret ID, kept in a transaction of its own: a sign-in cannot be taken back. */
// guard: a digest of a credential that tells two of them apart; its use is in the log of the backend itself
function memoryOf(actor: Actor, row: BackendRow): CredentialMemory {
  return {
    digest: row.credentialDigest,
    usedAt: row.credentialUsedAt,
    save: (digest, usedAt) =>
      inTenant(actor, (tx) => changeBackend(tx, row, { credentialDigest: digest, credentialUsedAt: usedAt })),
  };
}

interface Looked {
  reading: Reading | null;
  proof: ProofOfDenial | null;
  problem: BackendError | null;
  kind: BackendKind;
}

function asProblem(error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  return new BackendError('failed', 'It could not be read. The worker log has the cause.', { cause: error });
}

/** Reads and, where that is due, proves. Nothing of it is in a transaction. */
async function look(
  source: BackendSource,
  memory: CredentialMemory,
  row: BackendRow,
  isForced: boolean,
): Promise<Looked> {
  const looked: Looked = { reading: null, proof: null, problem: null, kind: row.kind };
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  const isProofDue =
    isForced ||
    row.proof !== 'denied' ||
    row.provedAt === null ||
    Date.now() - row.provedAt.getTime() > PROVE_EVERY_MS;
  try {
    const reader = source.open(memory);
    looked.reading = await reader.read(signal);
    looked.kind = reader.kind;
    if (isProofDue) {
      looked.proof = await reader.prove(looked.reading.secrets, signal).catch((error: unknown) => {
        const { message } = asProblem(error);
        return { outcome: 'unknown', sentence: `Not proven: ${message}`, paths: 0 } as const;
      });
    }
  } catch (error) {
    looked.problem = asProblem(error);
    log().warn({ err: error, backend: source.kind }, 'a secret backend could not be read');
  }
  return looked;
}

/** What is recorded of the look, and what people are told. */
async function keep(actor: Actor, row: BackendRow, { reading, proof, problem, kind }: Looked): Promise<void> {
  await inTenant(actor, async (tx) => {
    const now = await databaseNow(tx);
    const before = await lockBackend(tx, actor.tenantId, row.kind, row.name);
    const target = backendTarget({ ...before, kind });
    if (reading) {
      const changes = await applyReading(tx, before, { ...reading, source: 'backend', now });
      const isNews = before.readAt === null || before.problemCode !== null || !isNothing(changes);
      if (isNews) {
        const details = { ...changesDetails(changes), unreadPaths: reading.unreadPaths.slice(0, 50) };
        await recordAudit(tx, actor, { action: 'secret.backend_read', target, details });
      }
      const { product, clockSkewMs, unreadPaths } = reading;
      const solved = { problemCode: null, problem: null, problemSince: null };
      await changeBackend(tx, before, { kind, product, clockSkewMs, unreadPaths, readAt: now, ...solved });
    }
    if (problem && problem.problem !== before.problemCode) {
      const failed = { problemCode: problem.problem, problem: problem.message, problemSince: now };
      await changeBackend(tx, before, failed);
      const { message: reason, problem: code } = problem;
      await recordAudit(tx, actor, {
        action: 'secret.backend_failed',
        outcome: 'failure',
        code,
        reason,
        target,
      });
      await noticeBackend(tx, before, { code, sentence: reason, now });
    } else if (problem) await changeBackend(tx, before, { problem: problem.message });
    if (proof) {
      const { outcome, sentence, paths } = proof;
      const proved = { proof: outcome, proofDetail: sentence, proofPaths: paths, provedAt: now };
      await changeBackend(tx, before, proved);
      await recordAudit(tx, actor, {
        action: 'secret.values_checked',
        outcome: outcome === 'denied' ? 'success' : 'failure',
        code: outcome,
        reason: sentence,
        target,
        details: { paths },
      });
      if (outcome === 'readable') await noticeBackend(tx, before, { code: 'readable', sentence, now });
    }
  });
}

/**
 * Lists what a backend holds and, at the first time and daily, proves that values cannot be read. Two workers take turns.
 * @returns whether it was this call's turn
 */
export async function readBackend(actor: Actor, source: BackendSource, isForced = false): Promise<boolean> {
  requirePermission(actor, 'secrets:write');
  const row = await takeTurn(actor, source, isForced);
  if (!row) return false;
  await keep(actor, row, await look(source, memoryOf(actor, row), row, isForced));
  return true;
}

/** A server that the settings of the worker no longer name cannot be read; what is known of it stays, and grows stale. */
export async function noteUnconfigured(actor: Actor, row: BackendRow): Promise<void> {
  requirePermission(actor, 'secrets:write');
  const sentence =
    'The settings of the worker no longer name this backend. Set them again, or let its secrets go stale.';
  const problem = new BackendError('no_credential', sentence);
  await keep(actor, row, { reading: null, proof: null, problem, kind: row.kind });
}
