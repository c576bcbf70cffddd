import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { membership, session, userAccount, userIdentity } from '@/db/schema/identity';
import { asSystem } from '@/db/scope';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID, type Role } from '@/lib/platform/tenancy/contract';

export interface MintOptions {
  name?: string;
  /** null: signed in without a membership. */
  role?: Role | null;
  tenantId?: string;
  /** Another session of somebody who exists already. */
  userId?: string;
  isHttps?: boolean;
  hours?: number;
}

export interface MintedSession {
  userId: string;
  sessionId: string;
  tenantId: string;
  token: string;
  /** Name and value, as in a `Cookie` header: `${cookieName}=${token}`. */
  cookieName: string;
  cookie: string;
}

/** For tests only: a person, a membership and a live session, written straight into the database. */
export async function mintSession(options: MintOptions = {}): Promise<MintedSession> {
  const {
    name = 'ada',
    role = 'operator',
    tenantId = DEFAULT_TENANT_ID,
    isHttps = false,
    hours = 1,
  } = options;
  const token = randomBytes(32).toString('base64url');
  const userId = options.userId ?? newId();
  const sessionId = newId();
  await asSystem('test session', async (tx) => {
    if (options.userId === undefined) {
      await tx.insert(userAccount).values({ id: userId, displayName: name, email: `${name}@local.test` });
      await tx.insert(userIdentity).values({
        id: newId(),
        userId,
        provider: 'local',
        issuer: 'http://minted.test',
        subject: userId,
        handle: name,
        email: `${name}@local.test`,
      });
    }
    if (role) await tx.insert(membership).values({ tenantId, userId, role }).onConflictDoNothing();
    await tx.insert(session).values({
      id: sessionId,
      tokenDigest: createHash('sha256').update(token).digest('hex'),
      userId,
      tenantId: role ? tenantId : null,
      provider: 'local',
      ip: '127.0.0.1',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      expiresAt: sql`now() + make_interval(hours => ${hours}::integer)`,
    });
  });
  const cookieName = isHttps ? '__Host-bulwark-session' : 'bulwark-session';
  return { userId, sessionId, tenantId, token, cookieName, cookie: `${cookieName}=${token}` };
}
