import type { WriteTx } from '@/db/scope';
import { newId } from '@/lib/platform/core/ids';
import type { NotificationData, NotificationSubject } from '@/lib/platform/notifications/notice-contract';
import { notify } from '@/lib/platform/notifications/notify';
import type { Role } from './contract';

export interface MemberChange {
  change: NotificationData<'member.changed'>['change'];
  subject: NotificationSubject;
  role?: Role;
  roleBefore?: Role;
}

/** Tells the operators of a tenant what was done to its members, in the transaction that does it. */
export async function tellMemberChange(
  tx: WriteTx,
  by: { tenantId: string; label: string },
  { change, subject, role = undefined, roleBefore = undefined }: MemberChange,
): Promise<void> {
  await notify(tx, {
    tenantId: by.tenantId,
    type: 'member.changed',
    subject,
    dedupeKey: `member.changed ${subject.id} ${newId()}`,
    data: { change, by: by.label, role: role ?? null, roleBefore: roleBefore ?? null },
  });
}
