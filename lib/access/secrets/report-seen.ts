import { and, eq, isNull, sql } from 'drizzle-orm';
import { secretConsumer } from '@/db/schema/secrets';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requireAny } from '@/lib/platform/auth/require';
import { may } from '@/lib/platform/auth/rules';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { type ReportSeenInput, reportSeenInput, type SecretConsumerDto } from './contract';
import { consumerList } from './queries';
import { lockSecret, secretTarget } from './secret-store';

interface Reporter {
  name: string;
  keyId: string | null;
}

/** Who reports: the consumer that the calling key belongs to, else the one that is named, else one named as the caller. */
async function reporterOf(
  tx: WriteTx,
  actor: Actor,
  secretId: string,
  named: string | undefined,
): Promise<Reporter> {
  const keyId = actor.type === 'key' ? actor.keyId : null;
  if (named !== undefined) return { name: named, keyId: null };
  if (keyId === null)
    throw new AppError('bad_request', '"consumer": Name the consumer that uses this version.');
  const [own] = await tx
    .select({ name: secretConsumer.name })
    .from(secretConsumer)
    .where(
      and(
        eq(secretConsumer.tenantId, actor.tenantId),
        eq(secretConsumer.secretId, secretId),
        eq(secretConsumer.keyId, keyId),
        isNull(secretConsumer.removedAt),
      ),
    );
  return { name: own?.name ?? actor.label, keyId };
}

/** A service speaks for itself alone: its report would let a rotation go on without another one. */
function refuseForeign(
  actor: Actor,
  named: string | undefined,
  consumer: { keyId: string | null } | undefined,
): void {
  if (actor.type !== 'key') return;
  const isOwn = consumer?.keyId === actor.keyId;
  const isForeign = consumer?.keyId ? !isOwn : named !== undefined && !isOwn && !may(actor, 'secrets:rotate');
  if (isForeign) throw new AppError('forbidden', 'This key does not belong to the consumer that it names.');
}

/** Notes which version of a secret a consumer uses now; a rotation that waits for it goes on. */
export async function reportSeen(
  actor: Actor,
  id: string,
  input: ReportSeenInput,
): Promise<SecretConsumerDto> {
  requireAny(actor, ['secrets:consume', 'secrets:rotate']);
  const { version, consumer: named } = reportSeenInput.parse(input);
  return inTenant(actor, async (tx) => {
    const { tenantId } = actor;
    const row = await lockSecret(tx, tenantId, id);
    const { name, keyId } = await reporterOf(tx, actor, id, named);
    const which = and(
      eq(secretConsumer.tenantId, tenantId),
      eq(secretConsumer.secretId, id),
      eq(secretConsumer.name, name),
      isNull(secretConsumer.removedAt),
    );
    const [known] = await tx.select().from(secretConsumer).where(which);
    refuseForeign(actor, named, known);
    const seen = { seenVersion: version, seenAt: sql`clock_timestamp()` };
    if (known) await tx.update(secretConsumer).set(seen).where(which);
    else
      await tx
        .insert(secretConsumer)
        .values({ tenantId, id: newId(), secretId: id, name, keyId, source: 'seen', ...seen });
    if (known?.seenVersion !== version) {
      await recordAudit(tx, actor, {
        action: 'secret.seen',
        target: secretTarget(row),
        details: { consumer: name, version, before: known?.seenVersion ?? null },
      });
    }
    const list = await consumerList(tx, tenantId, id);
    const found = list.find((one) => one.name === name);
    if (!found) throw new Error('The consumer could not be read back.');
    return found;
  });
}
