import { and, eq } from 'drizzle-orm';
import { session } from '@/db/schema/identity';
import type { WriteTx } from '@/db/scope';
import type { UserActor } from '@/lib/platform/auth/contract';

/** Makes another tenant the active one of a person's session. @returns its token's digest, to forget it by in caches */
// guard: a step of switchTenant, which checks the membership and records the switch
export async function moveSession(
  tx: WriteTx,
  { sessionId, userId }: Pick<UserActor, 'sessionId' | 'userId'>,
  tenantId: string,
): Promise<string | undefined> {
  const [moved] = await tx
    .update(session)
    .set({ tenantId })
    .where(and(eq(session.id, sessionId), eq(session.userId, userId)))
    .returning({ tokenDigest: session.tokenDigest });
  return moved?.tokenDigest;
}
