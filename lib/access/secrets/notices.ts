import type { WriteTx } from '@/db/scope';
import { DAY_MS } from '@/lib/platform/core/clock';
import { notify } from '@/lib/platform/notifications/notify';
import type { BackendRow } from './backend-store';
import { BACKEND_KINDS, type BackendKind } from './contract';

/** The day of a notice: what goes on is told once a day. */
const dayOf = (now: Date) => now.toISOString().slice(0, 10);

export const backendLabel = ({ kind, name }: { kind: BackendKind; name: string }): string =>
  kind === 'bulwark' ? BACKEND_KINDS.bulwark : `${BACKEND_KINDS[kind]} ${name}`.slice(0, 200);

export async function noticeBackend(
  tx: WriteTx,
  backend: BackendRow,
  { code, sentence, now }: { code: string; sentence: string; now: Date },
): Promise<void> {
  await notify(tx, {
    tenantId: backend.tenantId,
    type: 'secret.backend_problem',
    subject: { type: 'secret_backend', id: backend.id, label: backendLabel(backend) },
    dedupeKey: `secret-backend:${backend.id}:${code}:${dayOf(now)}`,
    data: { code, sentence, since: now.toISOString() },
  });
}

/** Once for each source and set of names: the same scan of the next build says nothing new. */
export async function noticeExposed(
  tx: WriteTx,
  backend: BackendRow,
  { names, now }: { names: readonly string[]; now: Date },
): Promise<void> {
  await notify(tx, {
    tenantId: backend.tenantId,
    type: 'secret.exposed',
    subject: { type: 'secret_backend', id: backend.id, label: backendLabel(backend) },
    dedupeKey: `secret-exposed:${backend.id}:${now.toISOString()}`,
    data: { found: names.length, examples: names.slice(0, 3) },
  });
}

export interface NoticedSecret {
  tenantId: string;
  id: string;
  name: string;
  ownerUserId: string | null;
  dueAt: Date;
  backend: { kind: BackendKind; name: string };
}

/** 7 days and 1 day ahead, then on the day and every week. `days` is negative once it is over. */
export async function noticeDue(tx: WriteTx, due: NoticedSecret, days: number): Promise<void> {
  const common = {
    tenantId: due.tenantId,
    subject: { type: 'secret', id: due.id, label: due.name } as const,
    ownerUserId: due.ownerUserId,
    dedupeKey: `secret-due:${due.id}:${due.dueAt.toISOString()}:${days}`,
  };
  const dueAt = due.dueAt.toISOString();
  const backend = backendLabel(due.backend);
  if (days > 0) await notify(tx, { ...common, type: 'secret.due', data: { dueAt, daysLeft: days, backend } });
  else await notify(tx, { ...common, type: 'secret.overdue', data: { dueAt, daysOver: -days, backend } });
}

/** The step of the due notices that is reached: 7, 1, 0, -7, -14 …; null while more than a week is left. */
export function noticeStep(dueMs: number, nowMs: number): number | null {
  const leftMs = dueMs - nowMs;
  if (leftMs > 7 * DAY_MS) return null;
  if (leftMs > DAY_MS) return 7;
  if (leftMs > 0) return 1;
  return 0 - Math.floor(-leftMs / (7 * DAY_MS)) * 7;
}
