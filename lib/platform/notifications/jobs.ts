import type { JobActor } from '@/lib/platform/auth/contract';
import { MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { isId } from '@/lib/platform/core/ids';
import { jobActor, type TenantJob } from '@/lib/platform/jobs/contract';
import { type Claimed, claimDue } from '@/lib/platform/notifications/deliver/claim';
import { dispatchNotices } from '@/lib/platform/notifications/deliver/dispatch';
import { finishAttempt, releaseClaims } from '@/lib/platform/notifications/deliver/finish-attempt';
import { configuredWires, sendMessage, type Wires } from '@/lib/platform/notifications/deliver/send';
import { watchGate, watchLimits } from './watch';

const ROUNDS_MAX = 50;

/** Sends what one channel has, in order; when it fails, the rest waits with it. */
async function sendInTurn(
  actor: JobActor,
  claims: Claimed[],
  wires: Wires,
  clock: () => Date,
): Promise<void> {
  for (const [index, claim] of claims.entries()) {
    const startedAt = clock();
    const startedMs = performance.now();
    const sent = await sendMessage(claim.message, claim.target, wires);
    const durationMs = Math.round(performance.now() - startedMs);
    const isWell = await finishAttempt(actor, claim, { ...sent, startedAt, durationMs }, clock());
    if (!isWell) return releaseClaims(actor, claims.slice(index + 1));
  }
}

/**
 * One turn for one tenant: what waits in the outbox goes to inboxes and channels, what is due is sent. Idempotent: two
 * workers may do it at once; what a killed one had in hand is sent again when its lease ends, under the same id.
 */
export async function sendNotices(
  actor: JobActor,
  wires: Wires = configuredWires(),
  clock: () => Date = () => new Date(),
): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { dispatched, isMore } = await dispatchNotices(actor, clock());
    const claims = await claimDue(actor, clock());
    const channels = Map.groupBy(claims, ({ channelId }) => channelId);
    await Promise.all([...channels.values()].map((own) => sendInTurn(actor, own, wires, clock)));
    if (claims.length === 0 && !(isMore && dispatched > 0)) return;
  }
}

export const notificationJobs: TenantJob[] = [
  { name: 'send notifications', everyMs: 5 * SECOND_MS, run: (actor) => sendNotices(actor) },
  { name: 'watch limits', everyMs: 5 * MINUTE_MS, run: (actor) => watchLimits(actor) },
  { name: 'watch the gate', everyMs: MINUTE_MS, run: (actor) => watchGate(actor) },
];

/** A notice of Postgres that a tenant's outbox has something new: its payload is the tenant. */
export async function onNotificationQueued(tenantId: string): Promise<void> {
  if (isId(tenantId)) await sendNotices(jobActor(tenantId, 'send notifications'));
}
