import { and, asc, eq, isNull } from 'drizzle-orm';
import { membership, userAccount } from '@/db/schema/identity';
import type { ReadTx } from '@/db/scope';
import { mailbox } from '@/lib/platform/notifications/contract';
import type { Audience } from '@/lib/platform/notifications/notice-contract';

export interface Person {
  userId: string;
  /** Null where the account has none that a mail can be sent to. */
  email: string | null;
}

export interface People {
  members: ReadonlyMap<string, Person>;
  operators: readonly Person[];
}

/** The active members of a tenant. */
export async function findPeople(tx: ReadTx, tenantId: string): Promise<People> {
  const rows = await tx
    .select({ userId: userAccount.id, email: userAccount.email, role: membership.role })
    .from(membership)
    .innerJoin(userAccount, eq(userAccount.id, membership.userId))
    .where(
      and(eq(membership.tenantId, tenantId), isNull(membership.disabledAt), isNull(userAccount.disabledAt)),
    )
    .orderBy(asc(membership.createdAt));
  const people = rows.map(({ userId, email, role }) => {
    const usable = mailbox.safeParse(email);
    return { userId, email: usable.success ? usable.data : null, role };
  });
  return {
    members: new Map(people.map((person) => [person.userId, person])),
    operators: people.filter(({ role }) => role === 'operator'),
  };
}

/** Whom a notice concerns: its owner, or the operators where it has none who is still a member. */
export function concerned(audience: Audience, ownerUserId: string | null, people: People): readonly Person[] {
  const owner = audience === 'operators' ? undefined : people.members.get(ownerUserId ?? '');
  if (owner) return [owner];
  return audience === 'owner' ? [] : people.operators;
}

/** Who finds it under the bell: those it concerns, and the operators unless it is personal. */
export function inboxReaders(audience: Audience, ownerUserId: string | null, people: People): string[] {
  const readers = [
    ...concerned(audience, ownerUserId, people),
    ...(audience === 'owner' ? [] : people.operators),
  ];
  return [...new Set(readers.map(({ userId }) => userId))];
}
