import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { REPLAY_DAYS } from '@/lib/response/detections/exception-contract';
import { oneLine } from '@/lib/response/detections/parse/fields';
import { eachCovered, type ReplayedException } from './replay-exception';

interface Waiting extends ReplayedException, Record<string, unknown> {
  id: string;
}

/** An exception that was approved and not applied to what came before; one worker at a time. */
async function nextWaiting(tx: WriteTx, tenantId: string): Promise<Waiting | null> {
  const [row] = await tx.execute<Waiting>(sql`
    select id, kind, rule, fields from detection_exception
    where tenant_id = ${tenantId}::uuid and approved_at is not null and applied_at is null and ended_at is null
      and expires_at > now()
    order by approved_at limit 1 for update skip locked`);
  return row ?? null;
}

const idsOf = (ids: readonly string[]) =>
  sql`(select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`;

/** Marks what it covers; a group of which nothing else is left is expected. @returns those groups */
async function apply(
  tx: WriteTx,
  tenantId: string,
  exception: Waiting,
): Promise<{ id: string; label: string }[]> {
  const covered: string[] = [];
  const weights = new Map<string, number>();
  await eachCovered(tx, tenantId, exception, REPLAY_DAYS, (row) => {
    if (row.isCovered) return;
    covered.push(row.id);
    weights.set(row.groupId, (weights.get(row.groupId) ?? 0) + Number(row.weight));
  });
  await tx.execute(sql`
    update detection set exception = ${exception.id} where tenant_id = ${tenantId}::uuid and exception is null
      and id in ${idsOf(covered)}`);
  const rows = [...weights].map(([id, weight]) => ({ id, weight }));
  await tx.execute(sql`
    update detection_group g set expected = least(g.count, g.expected + r.weight), updated_at = clock_timestamp()
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(id uuid, weight bigint)
    where g.tenant_id = ${tenantId}::uuid and g.id = r.id`);
  const settled = await tx.execute<{ id: string; rule: string; scope: string }>(sql`
    update detection_group g set state = 'expected', version = g.version + 1, updated_at = clock_timestamp()
    where g.tenant_id = ${tenantId}::uuid and g.state in ('open', 'acknowledged') and g.id in ${idsOf([...weights.keys()])}
      and not exists (select from detection d where d.tenant_id = g.tenant_id and d.group_id = g.id and d.exception is null
        and d.received_at > now() - make_interval(days => ${REPLAY_DAYS}::integer))
    returning id, rule, scope`);
  await tx.execute(sql`
    update detection_exception set applied_at = clock_timestamp(), covered = covered + ${[...weights.values()].reduce((a, b) => a + b, 0)}
    where tenant_id = ${tenantId}::uuid and id = ${exception.id}::uuid`);
  return settled.map(({ id, rule, scope }) => ({ id, label: oneLine(`${rule}: ${scope}`, 200) }));
}

/** Applies approved exceptions to what came before them, each once. */
export async function applyExceptions(actor: JobActor): Promise<void> {
  requirePermission(actor, 'detections:write');
  for (;;) {
    const isDone = await inTenant(actor, async (tx) => {
      const exception = await nextWaiting(tx, actor.tenantId);
      if (!exception) return true;
      for (const { id, label } of await apply(tx, actor.tenantId, exception)) {
        await recordAudit(tx, actor, {
          action: 'detection.group_triaged',
          target: { type: 'detection_group', id, label },
          details: { after: 'expected', exception: exception.id },
        });
      }
      return false;
    });
    if (isDone) return;
  }
}
