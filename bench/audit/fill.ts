import type { Sql } from 'postgres';

export const BENCH_TENANT = '01930000-0000-7000-8000-00000000be00';
export const DAYS = 25;

/** Values the measurements look for: planted with a known frequency. */
export const PLANTED = {
  rareKey: '0193aaaa-0000-7000-8000-000000000001',
  rareActor: '0193aaaa-0000-7000-8000-000000000002',
  rareIp: '203.0.113.77',
  rareTarget: '0193aaaa-0000-7000-8000-000000000003',
  rareText: 'zeppelin',
  absentId: '0193ffff-0000-7000-8000-00000000ffff',
  absentIp: '198.51.100.250',
};

/** How often each planted rare value occurs. */
export const RARE_EVERY = 50_000;

/**
 * Rows in the order in which they would arrive: five sixths of one tenant, the rest of four others; keys, addresses
 * and targets drawn by a power law; 2 % of the rows are changes and sign-ins, 6 % accesses, 4 % refusals.
 */
export async function fillAudit(sql: Sql, rows: number): Promise<void> {
  await sql`select setseed(0.5)`;
  await sql`
    insert into public.audit_event (tenant_id, at, id, recorded_at, category, action, outcome, code, actor_type, actor_id,
      actor_label, key_id, key_version_id, ip, user_agent, method, host, path, status, duration_us, target_type, target_id,
      target_label, request_id, details)
    with draws as materialized (
      select n, random() as kind, random() as tenant, power(random(), 3) as skew, power(random(), 2.5) as ip_skew,
        random() as refused, random() as pick
      from generate_series(1, ${rows}::integer) as n
    ), placed as (
      select d.*, now() - interval '1 minute' - make_interval(secs => (${rows} - n) * (${DAYS} * 86400.0 / ${rows})) as at,
        n % ${RARE_EVERY} = 17 as is_rare,
        case when kind < 0.02 then 'change' when kind < 0.08 then 'access' else 'decision' end as category
      from draws d
    )
    select case when tenant < 0.8334 or is_rare then ${BENCH_TENANT}::uuid
        else ('01930000-0000-7000-8000-00000000be0' || (1 + floor(pick * 4))::int)::uuid end,
      at, (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(n::text), 4, 15))::uuid,
      at, category,
      case category when 'change' then (array['key.created','key.rotated','key.revoked','auth.sign_in','member.invited'])[1 + floor(skew * 5)::int]
        when 'access' then case when pick < 0.8 then 'api.request' else 'console.view' end
        else case when pick < 0.5 then 'gate.authorize' else 'gate.verify' end end,
      case when refused < 0.04 then 'denied' else 'success' end,
      case when category <> 'decision' then null when refused < 0.03 then 'REVOKED' when refused < 0.04 then 'NOT_FOUND' else 'VALID' end,
      case when category = 'decision' then 'key' else 'user' end,
      case when is_rare then ${PLANTED.rareActor}::uuid
        when category = 'decision' then ('0193bbbb-0000-7000-8000-' || lpad(to_hex(floor(skew * 400)::int), 12, '0'))::uuid
        else ('0193cccc-0000-7000-8000-' || lpad(to_hex(floor(skew * 60)::int), 12, '0'))::uuid end,
      case when category = 'decision' then 'service ' || floor(skew * 400)::int else 'Person ' || floor(skew * 60)::int end,
      case when is_rare then ${PLANTED.rareKey}::uuid
        when category = 'decision' then ('0193dddd-0000-7000-8000-' || lpad(to_hex(floor(skew * 3000)::int), 12, '0'))::uuid end,
      null,
      case when is_rare then ${PLANTED.rareIp}::inet
        else ('10.' || floor(ip_skew * 40)::int || '.' || floor(pick * 200)::int || '.' || (n % 250))::inet end,
      'orders-service/2.14 (linux; x64) node-fetch', 'POST', 'gate.example.internal',
      case when is_rare then '/v1/internal/' || ${PLANTED.rareText}::text else '/api/orders/' || floor(ip_skew * 900)::int || '/items' end,
      case when refused < 0.04 then 403 else 200 end, 400 + floor(pick * 900)::int,
      case when category <> 'access' then 'key' end,
      case when is_rare then ${PLANTED.rareTarget}::text
        when category <> 'access' then '0193dddd-0000-7000-8000-' || lpad(to_hex(floor(skew * 3000)::int), 12, '0') end,
      case when category <> 'access' then 'orders ' || floor(skew * 3000)::int end,
      'req-' || n,
      case when category = 'change' then jsonb_build_object('before', jsonb_build_object('name', 'a'), 'after', jsonb_build_object('name', 'b')) end
    from placed order by n`;
}

/** What autovacuum does within minutes of real traffic. */
export async function settle(sql: Sql): Promise<void> {
  await sql`vacuum analyze public.audit_event`;
  await sql`analyze public.audit_event`;
}
