import { sql } from 'drizzle-orm';
import { sqlFact } from '@/lib/platform/facts/fact';
import { DEAD_LETTER_QUEUE } from './contract';

export const failedJobs = sqlFact({
  key: 'jobs.failed',
  permission: 'settings:read',
  one: 'background job failed',
  many: 'background jobs failed',
  remedy: 'Read the reason, then retry or discard it.',
  action: 'Open failed jobs',
  href: '/settings/health?show=failed_jobs',
  from: (tenantId) => sql`pgboss.job where name = ${DEAD_LETTER_QUEUE} and data ->> 'tenantId' = ${tenantId}`,
  name: sql`coalesce(source_name, name)`,
  since: sql`created_on`,
  level: 'danger',
  order: sql`created_on desc`,
});
