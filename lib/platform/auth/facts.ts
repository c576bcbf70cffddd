import { type Column, type SQL, sql } from 'drizzle-orm';
import { userIdentity } from '@/db/schema/identity';

/** A scalar of the identity with which a person first signed in, by a column of the caller's statement. */
export const firstIdentity = (name: 'provider' | 'handle', userId: Column): SQL<string | null> =>
  sql<
    string | null
  >`(select ${userIdentity[name]} from identity.user_identity where ${userIdentity.userId} = ${userId}
    order by ${userIdentity.createdAt} limit 1)`;
