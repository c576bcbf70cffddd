import type { WriteTx } from '@/db/scope';
import type { RotationRow } from '@/lib/access/api-keys/rotation/rotation-store';
import { DAY_MS } from '@/lib/platform/core/clock';
import { notify } from '@/lib/platform/notifications/notify';

/** What owners are told about their keys. Every notice has a name of its own, so that it is told once. */
interface NoticedKey {
  id: string;
  name: string;
  tenantId: string;
  ownerUserId: string | null;
}

const subjectOf = (key: NoticedKey) => ({ type: 'key', id: key.id, label: key.name }) as const;

export async function noticeRotationDue(tx: WriteTx, key: NoticedKey, rotation: RotationRow): Promise<void> {
  await notify(tx, {
    tenantId: key.tenantId,
    type: 'key.rotation_due',
    subject: subjectOf(key),
    ownerUserId: key.ownerUserId,
    dedupeKey: `rotation-due:${rotation.id}`,
    data: { dueAt: rotation.dueAt.toISOString(), delivery: rotation.delivery },
  });
}

/** `what`: `unused` when the deadline passed, `warning` a day before `strict` ends the old secret, `expired` when it did. */
export async function noticePendingUnused(
  tx: WriteTx,
  key: NoticedKey,
  rotation: RotationRow,
  what: 'unused' | 'warning' | 'expired',
  nowMs: number,
): Promise<void> {
  await notify(tx, {
    tenantId: key.tenantId,
    type: 'key.pending_unused',
    subject: subjectOf(key),
    ownerUserId: key.ownerUserId,
    dedupeKey: `rotation-${what}:${rotation.id}`,
    data: {
      pendingSince: rotation.openedAt.toISOString(),
      daysPending: Math.max(0, Math.floor((nowMs - rotation.openedAt.getTime()) / DAY_MS)),
      expiresAt: rotation.onUnused === 'strict' ? rotation.deadlineAt.toISOString() : null,
    },
  });
}

export async function noticeRotated(
  tx: WriteTx,
  key: NoticedKey,
  version: { id: string; activatedAt: Date; graceUntil: Date | null },
  isAutomatic: boolean,
): Promise<void> {
  await notify(tx, {
    tenantId: key.tenantId,
    type: 'key.rotated',
    subject: subjectOf(key),
    ownerUserId: key.ownerUserId,
    dedupeKey: `rotated:${version.id}`,
    data: {
      rotatedAt: version.activatedAt.toISOString(),
      graceUntil: version.graceUntil?.toISOString() ?? null,
      isAutomatic,
    },
  });
}

export async function noticeExpiry(
  tx: WriteTx,
  key: NoticedKey,
  expiresAt: Date,
  notice: number | 'expired',
): Promise<void> {
  const common = {
    tenantId: key.tenantId,
    subject: subjectOf(key),
    ownerUserId: key.ownerUserId,
    dedupeKey: `expiry-${notice}:${key.id}:${expiresAt.toISOString()}`,
  };
  if (notice === 'expired') {
    await notify(tx, { ...common, type: 'key.expired', data: { expiredAt: expiresAt.toISOString() } });
  } else {
    const data = { expiresAt: expiresAt.toISOString(), daysLeft: notice };
    await notify(tx, { ...common, type: 'key.expiring', data });
  }
}

/** Once per retired secret, day and address: an old deployment that keeps trying is one problem, not a thousand. */
export async function noticeRetiredUse(
  tx: WriteTx,
  key: NoticedKey,
  use: { versionId: string; at: Date; ip: string | null; userAgent: string | null; attempts: number },
): Promise<void> {
  await notify(tx, {
    tenantId: key.tenantId,
    type: 'key.retired_used',
    subject: subjectOf(key),
    ownerUserId: key.ownerUserId,
    dedupeKey: `retired-use:${use.versionId}:${use.at.toISOString().slice(0, 10)}:${use.ip ?? ''}`,
    data: { at: use.at.toISOString(), ip: use.ip, userAgent: use.userAgent, attempts: use.attempts },
  });
}
