import { inArray, sql } from 'drizzle-orm';
import { notificationChannel, notificationPolicy, notificationRoute } from '@/db/schema/notifications';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import {
  type PolicyDto,
  type UpdatePolicyInput,
  updatePolicyInput,
} from '@/lib/platform/notifications/contract';
import { readPolicy } from '@/lib/platform/notifications/queries';
import { modesOf } from '@/lib/platform/notifications/rules';
import { findPolicy } from './policy';

type Input = ReturnType<typeof updatePolicyInput.parse>;
type Route = NonNullable<Input['routes']>[number];

function refuse(path: string, message: string): never {
  throw new AppError('bad_request', message, { fields: [{ path, message }] });
}

async function saveRoutes(tx: WriteTx, tenantId: string, routes: readonly Route[]): Promise<void> {
  if (routes.length === 0) return;
  const ids = [...new Set(routes.map(({ channelId }) => channelId))];
  const channels = await tx
    .select({ id: notificationChannel.id, kind: notificationChannel.kind })
    .from(notificationChannel)
    .where(inArray(notificationChannel.id, ids));
  const kinds = new Map(channels.map(({ id, kind }) => [id, kind]));
  for (const [index, { channelId, mode }] of routes.entries()) {
    const kind = kinds.get(channelId);
    if (!kind) refuse(`routes/${index}/channelId`, 'Channel not found in this tenant.');
    if (!modesOf(kind).includes(mode)) {
      refuse(
        `routes/${index}/mode`,
        'Webhooks receive one event per request and do not support daily summaries.',
      );
    }
  }
  const rows = new Map(routes.map((route) => [`${route.type} ${route.channelId}`, { tenantId, ...route }]));
  await tx
    .insert(notificationRoute)
    .values([...rows.values()])
    .onConflictDoUpdate({
      target: [notificationRoute.tenantId, notificationRoute.type, notificationRoute.channelId],
      set: { mode: sql`excluded.mode` },
    });
}

/**
 * Changes routes, quiet hours or the time of the daily summary; what is left out stays.
 * @param ifMatch the entity tag of the copy that was edited, or null for no check
 */
export async function updatePolicy(
  actor: Actor,
  given: UpdatePolicyInput,
  ifMatch: string | null = null,
): Promise<PolicyDto> {
  requirePermission(actor, 'notifications:write');
  const { routes = [], quietHours, ...input } = updatePolicyInput.parse(given);
  const { tenantId } = actor;
  if (quietHours && quietHours.from === quietHours.to) {
    refuse('quietHours/to', 'Quiet hours must start and end at different times.');
  }
  return inTenant(actor, async (tx) => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`notification policy ${tenantId}`}, 0))`,
    );
    const before = await readPolicy(tx, tenantId);
    requireMatch(ifMatch, before.version);
    const quiet =
      quietHours === undefined
        ? {}
        : { quietFrom: quietHours?.from ?? null, quietTo: quietHours?.to ?? null };
    const next = { ...(await findPolicy(tx, tenantId)), ...input, ...quiet, version: before.version + 1 };
    await tx
      .insert(notificationPolicy)
      .values({ tenantId, ...next })
      .onConflictDoUpdate({ target: notificationPolicy.tenantId, set: { ...next, updatedAt: sql`now()` } });
    await saveRoutes(tx, tenantId, routes);
    const after = await readPolicy(tx, tenantId);
    const changed = after.routes.filter((route, index) => before.routes[index]?.mode !== route.mode);
    const facts = ({ timeZone, quietHours: hours, digestAt }: PolicyDto) => ({
      timeZone,
      quietHours: hours,
      digestAt,
    });
    await recordAudit(tx, actor, {
      action: 'notification.policy_updated',
      target: { type: 'notification_policy', id: null, label: null },
      details: { before: facts(before), after: facts(after), routes: changed },
    });
    return after;
  });
}
