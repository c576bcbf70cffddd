import type postgres from 'postgres';
import { newId } from '@/lib/platform/core/ids';

/** Rows as the console writes them, without its other effects: `n` of them in one statement. */
export async function insertEvents(
  sql: postgres.Sql | postgres.TransactionSql,
  tenantId: string,
  count: number,
  more: Record<string, unknown> = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await sql`
    insert into public.audit_event (tenant_id, at, id, recorded_at, category, action, outcome, actor_type, actor_id,
      actor_label, ip, user_agent, method, path, status, duration_us, target_type, target_id, target_label, reason,
      request_id, details)
    select ${tenantId}::uuid, clock_timestamp(), e.id, clock_timestamp(), 'change', 'key.updated', 'success', 'user', e.id,
      'Person ' || e.n, ('10.0.' || e.n % 250 || '.7')::inet, 'test "agent" \\ é', 'PATCH', '/api/v1/keys/' || e.n, 200, 1234,
      'key', e.id::text, 'orders ' || e.n, case when e.n % 3 = 0 then 'because ' || e.n end, 'req-' || e.n,
      case when e.n % 2 = 0 then jsonb_build_object('email', 'p' || e.n || '@example.org', 'n', e.n, 'nested',
        jsonb_build_object('a', jsonb_build_array(1, 2.50, null))) || ${JSON.stringify(more)}::text::jsonb end
    from unnest(${ids}::uuid[]) with ordinality as e(id, n)`;
  return ids;
}
