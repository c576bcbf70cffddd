import { sql } from 'drizzle-orm';
import type { ReadTx, WriteTx } from '@/db/scope';
import { DAY_MS } from '@/lib/platform/core/clock';
import type { ActiveException } from '@/lib/response/detections/judge/exceptions';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';

/** How an exception of the policy file is named: by its place, from 1. */
export const fileExceptionId = (index: number): string => `file:${index + 1}`;

/** Exceptions of the file that hold for a tenant; `until` is the last day on which they do. */
export function fileExceptions(policy: DetectionPolicy, slug: string, nowMs: number): ActiveException[] {
  return policy.exceptions.flatMap(({ rule, fields, until, tenants }, index) => {
    const isOver = Date.parse(until) + DAY_MS <= nowMs;
    if (isOver || (tenants && !tenants.includes(slug))) return [];
    const common = { id: fileExceptionId(index), rule, fields };
    return [
      { ...common, kind: 'falco' as const },
      { ...common, kind: 'alertmanager' as const },
    ];
  });
}

/** Every exception that is in force for a tenant. */
export async function activeExceptions(
  tx: ReadTx,
  tenantId: string,
  policy: DetectionPolicy,
): Promise<ActiveException[]> {
  const rows = await tx.execute<ActiveException & Record<string, unknown>>(sql`
    select id::text as id, kind, rule, fields from detection_exception
    where tenant_id = ${tenantId}::uuid and approved_at is not null and ended_at is null and expires_at > now()`);
  const [tenant] = await tx.execute<{ slug: string; nowMs: number }>(sql`
    select slug, (extract(epoch from now()) * 1000)::float8 as "nowMs" from identity.tenant where id = ${tenantId}::uuid`);
  return [...rows, ...(tenant ? fileExceptions(policy, tenant.slug, tenant.nowMs) : [])];
}

/** Notes how many events each covered. Those of the file have no row. */
export async function saveCovered(
  tx: WriteTx,
  tenantId: string,
  covered: ReadonlyMap<string, number>,
): Promise<void> {
  const rows = [...covered].filter(([id]) => !id.startsWith('file:')).map(([id, events]) => ({ id, events }));
  if (rows.length === 0) return;
  await tx.execute(sql`
    update detection_exception e set covered = e.covered + r.events, last_covered_at = clock_timestamp()
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(id uuid, events bigint)
    where e.tenant_id = ${tenantId}::uuid and e.id = r.id`);
}
