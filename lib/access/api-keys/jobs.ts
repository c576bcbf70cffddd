import { and, eq } from 'drizzle-orm';
import { apiKeyVersion } from '@/db/schema/api-keys';
import { readDeciding } from '@/db/scope';
import { rollupKeyUsage } from '@/lib/access/api-keys/read/rollup-usage';
import { announceExpiries, announceRetiredUses } from '@/lib/access/api-keys/rotation/announce';
import { deliverRotation } from '@/lib/access/api-keys/rotation/deliver-rotation';
import { planRotations } from '@/lib/access/api-keys/rotation/plan-rotations';
import { promoteVersion } from '@/lib/access/api-keys/rotation/promote-version';
import { retireDueVersions } from '@/lib/access/api-keys/rotation/retire-due-versions';
import { settleRotations } from '@/lib/access/api-keys/rotation/settle-rotations';
import type { JobActor } from '@/lib/platform/auth/contract';
import { MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { isId } from '@/lib/platform/core/ids';
import { jobActor, type TenantJob } from '@/lib/platform/jobs/contract';
import type { JobHandler } from '@/lib/platform/jobs/enqueue';

async function promotePendingVersions(actor: JobActor): Promise<void> {
  const pending = await readDeciding(actor, (tx) =>
    tx
      .select({ id: apiKeyVersion.id })
      .from(apiKeyVersion)
      .where(and(eq(apiKeyVersion.tenantId, actor.tenantId), eq(apiKeyVersion.state, 'pending'))),
  );
  for (const { id } of pending) await promoteVersion(actor, id);
}

/** The gate's notice `<tenant id>:<version id>` after it accepted a pending version; anything else is not for us. */
export async function onKeyFirstUse(payload: string): Promise<void> {
  const [tenantId, versionId] = payload.split(':');
  if (!isId(tenantId) || !isId(versionId)) return;
  await promoteVersion(jobActor(tenantId, 'promote pending versions'), versionId);
}

/** Brings the new secret of a rotation to where its owner wants it. */
export const deliverNewSecret: JobHandler<'keys.deliver-rotation'> = (actor, { rotationId }, context) =>
  deliverRotation(actor, rotationId, context);

/** What the worker does for API keys. The gate's notice of a first use comes sooner than the sweep for it. */
export const keyJobs: TenantJob[] = [
  { name: 'promote pending versions', everyMs: 5 * SECOND_MS, run: promotePendingVersions },
  { name: 'roll up key usage', everyMs: 5 * SECOND_MS, run: rollupKeyUsage },
  { name: 'begin due rotations', everyMs: MINUTE_MS, run: planRotations },
  {
    name: 'settle rotations',
    everyMs: 10 * SECOND_MS,
    run: async (actor) => {
      await settleRotations(actor);
    },
  },
  { name: 'announce the end of keys', everyMs: 10 * MINUTE_MS, run: announceExpiries },
  { name: 'announce uses of retired secrets', everyMs: 15 * SECOND_MS, run: announceRetiredUses },
  {
    name: 'retire due versions',
    everyMs: 30 * SECOND_MS,
    run: async (actor) => {
      await retireDueVersions(actor);
    },
  },
];
