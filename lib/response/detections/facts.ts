import { type SQL, sql } from 'drizzle-orm';

/** Groups that nobody has looked at and that are severe, as select of id, name, since, until; the worst and newest first. Listed at `/detections?q=state:open severity:critical severity:high`. */
export const openDetections = (tenantId: string): SQL => sql`
  select null::uuid as id, rule as name, episode_started_at as since, null::timestamptz as until from detection_group
  where tenant_id = ${tenantId}::uuid and state = 'open' and severity in ('critical', 'high')
  order by severity_rank, last_received_at desc`;
