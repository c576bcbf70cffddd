import { sql } from 'drizzle-orm';
import { inTenant, readDeciding } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import type { BackendKind } from './contract';
import { type NoticedSecret, noticeDue, noticeStep } from './notices';

interface DueRow extends Record<string, unknown> {
  id: string;
  name: string;
  ownerUserId: string | null;
  dueMs: number;
  nowMs: number;
  kind: BackendKind;
  backend: string;
}

/** Tells owners of what is due within a week or overdue; each step of a due date is told once. */
// guard: it reads the inventory and writes to the outbox; being due is no event, and the notice is kept
export async function noticeDueSecrets(actor: JobActor): Promise<void> {
  const { tenantId } = actor;
  const due = await readDeciding(actor, (tx) =>
    tx.execute<DueRow>(sql`
      select s.id, s.name, s.owner_user_id as "ownerUserId", extract(epoch from s.due_at)::float8 * 1000 as "dueMs",
        extract(epoch from now())::float8 * 1000 as "nowMs", b.kind, b.name as backend
      from secret s join secret_backend b on b.tenant_id = s.tenant_id and b.id = s.backend_id
      where s.tenant_id = ${tenantId}::uuid and s.due_at < now() + interval '7 days' and s.missing_at is null
        and s.deleted_at is null and (s.rotation_state is distinct from 'open' or s.due_at <= now())
      order by s.due_at limit 1000`),
  );
  if (due.length === 0) return;
  await inTenant(actor, async (tx) => {
    for (const row of due) {
      const step = noticeStep(row.dueMs, row.nowMs);
      if (step === null) continue;
      const { id, name, ownerUserId, kind, backend } = row;
      const noticed: NoticedSecret = {
        tenantId,
        id,
        name,
        ownerUserId,
        dueAt: new Date(row.dueMs),
        backend: { kind, name: backend },
      };
      await noticeDue(tx, noticed, step);
    }
  });
}
