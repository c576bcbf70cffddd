import { and, desc, eq, ne } from 'drizzle-orm';
import ipaddr from 'ipaddr.js';
import { session } from '@/db/schema/identity';
import type { WriteTx } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { notify } from '@/lib/platform/notifications/notify';
import { deviceOf } from './device';

const SESSIONS_COMPARED = 200;

/** The network that an address belongs to, as far as one can say: a /24, of IPv6 a /48. */
export function networkOf(ip: string | null): string | null {
  if (ip === null || !ipaddr.isValid(ip)) return null;
  const address = ipaddr.process(ip);
  const bits = address.kind() === 'ipv4' ? 24 : 48;
  const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${kind.networkAddressFromCIDR(`${address.toString()}/${bits}`).toString()}/${bits}`;
}

/**
 * Tells a person of a sign-in from a device or a network that none of their earlier sessions had. The first sign-in of
 * all is not told. The transaction sees the person's sessions and is open for the tenant.
 * @param actor who has just signed in; anybody but a person is passed over
 */
export async function tellNewDevice(tx: WriteTx, actor: Actor): Promise<void> {
  if (actor.type !== 'user') return;
  const { sessionId, userId, tenantId, label, request } = actor;
  const earlier = await tx
    .select({ userAgent: session.userAgent, ip: session.ip })
    .from(session)
    .where(and(eq(session.userId, userId), ne(session.id, sessionId)))
    .orderBy(desc(session.createdAt))
    .limit(SESSIONS_COMPARED);
  if (earlier.length === 0) return;
  const device = deviceOf(request.userAgent);
  const isNewDevice = !earlier.some(({ userAgent }) => deviceOf(userAgent) === device);
  const network = networkOf(request.ip);
  const isNewNetwork = network !== null && !earlier.some(({ ip }) => networkOf(ip) === network);
  if (!isNewDevice && !isNewNetwork) return;
  await notify(tx, {
    tenantId,
    type: 'auth.new_device',
    subject: { type: 'user', id: userId, label },
    ownerUserId: userId,
    dedupeKey: `auth.new_device ${sessionId}`,
    data: { at: new Date().toISOString(), device, ip: request.ip, isNewDevice },
  });
}
