import { sql } from 'drizzle-orm';
import { type Fact, sqlFact } from '@/lib/platform/facts/fact';

/** Groups that nobody has looked at and that are severe. */
const openDetections = sqlFact({
  key: 'detections.open',
  permission: 'detections:read',
  one: 'critical or high detection to review',
  many: 'critical or high detections to review',
  remedy: 'Open each one, then acknowledge it, close it, or request an exception where it is expected.',
  action: 'Open detections',
  href: `/detections?${new URLSearchParams({ from: 'now-400d', q: 'state:open severity:critical severity:high' })}`,
  from: (tenantId) => sql`detection_group where tenant_id = ${tenantId}::uuid and state = 'open'
    and severity in ('critical', 'high') and last_received_at >= now() - interval '400 days'`,
  name: sql`rule`,
  since: sql`episode_started_at`,
  level: sql`case severity when 'critical' then 'danger' else 'warning' end`,
  order: sql`severity_rank, last_received_at desc`,
});

/** What needs somebody, most urgent first. */
export const detectionFacts: readonly Fact[] = [openDetections];
