import { and, eq, isNull } from 'drizzle-orm';
import { membership } from '@/db/schema/identity';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requireAny } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { databaseNow } from './backend-store';
import { type SecretDetailDto, type UpdateSecretInput, updateSecretInput } from './contract';
import type { SecretRow } from './merge';
import { readSecret } from './queries';
import { dueAtMs, intervalOf } from './rules';
import { changeSecret, lockSecret, secretTarget } from './secret-store';

async function requireMember(tx: WriteTx, tenantId: string, userId: string): Promise<void> {
  const [member] = await tx
    .select({ userId: membership.userId })
    .from(membership)
    .where(
      and(eq(membership.tenantId, tenantId), eq(membership.userId, userId), isNull(membership.disabledAt)),
    );
  if (!member) throw new AppError('unprocessable', 'The owner must be an active member of this tenant.');
}

type Change = ReturnType<typeof updateSecretInput.parse>;

function ageOf(before: SecretRow, change: Change, now: Date): Pick<SecretRow, 'rotatedAt' | 'rotatedFrom'> {
  const { rotatedAt, rotatedFrom } = before;
  if (change.rotatedAt === undefined) return { rotatedAt, rotatedFrom };
  if (rotatedFrom !== null && rotatedFrom !== 'person')
    throw new AppError(
      'unprocessable',
      'The date of the last rotation is known from its source. You cannot change it.',
    );
  const given = new Date(change.rotatedAt);
  if (given > now)
    throw new AppError('bad_request', 'The date of the last rotation cannot be in the future.');
  return { rotatedAt: given, rotatedFrom: 'person' };
}

function rowAfter(before: SecretRow, change: Change, now: Date) {
  const tags = change.tags ?? before.tags;
  const isPersonal = change.intervalDays !== undefined && change.intervalDays !== null;
  const known = change.intervalDays === null ? null : before;
  const interval = isPersonal
    ? { intervalDays: change.intervalDays ?? before.intervalDays, intervalFrom: 'person' as const }
    : intervalOf(known, {
        fromBackend: before.intervalFrom === 'backend' ? before.intervalDays : null,
        tags,
      });
  const age = ageOf(before, change, now);
  const isSameAge = age.rotatedAt?.getTime() === before.rotatedAt?.getTime();
  const dueMs = dueAtMs({
    model: before.model,
    sinceMs: (age.rotatedAt ?? before.firstSeenAt).getTime(),
    intervalDays: interval.intervalDays,
    dueBeforeMs: isSameAge ? (before.dueAt?.getTime() ?? null) : null,
  });
  return {
    ownerUserId: change.ownerUserId === undefined ? before.ownerUserId : change.ownerUserId,
    note: change.note === undefined ? before.note : change.note,
    tags,
    ...interval,
    ...age,
    dueAt: dueMs === null || before.kind === 'leak' ? null : new Date(dueMs),
    version: before.version + 1,
  };
}

/** Sets owner, tags, note, interval, and the date of the last rotation where no source knows it. */
export async function updateSecret(
  actor: Actor,
  id: string,
  input: UpdateSecretInput,
  ifMatch?: string | null,
): Promise<SecretDetailDto> {
  requireAny(actor, ['secrets:write', 'secrets:rotate']);
  const change = updateSecretInput.parse(input);
  return inTenant(actor, async (tx) => {
    const before = await lockSecret(tx, actor.tenantId, id);
    requireMatch(ifMatch, before.version);
    if (change.ownerUserId) await requireMember(tx, actor.tenantId, change.ownerUserId);
    const after = rowAfter(before, change, await databaseNow(tx));
    await changeSecret(tx, before, after);
    const { version: _version, ...shown } = after;
    const changed = Object.entries(shown).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof SecretRow]),
    );
    const was = changed.map(([name]) => [name, before[name as keyof SecretRow]]);
    await recordAudit(tx, actor, {
      action: 'secret.updated',
      target: secretTarget(before),
      details: { before: Object.fromEntries(was), after: Object.fromEntries(changed) },
    });
    return readSecret(tx, actor.tenantId, id);
  });
}
