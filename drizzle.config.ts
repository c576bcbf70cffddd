import { defineConfig } from 'drizzle-kit';

/** Left out, since drizzle/ creates them by hand: audit.ts (partitions) and findings.ts (generated columns). */
export default defineConfig({
  dialect: 'postgresql',
  out: './drizzle',
  schema: [
    './db/schema/identity.ts',
    './db/schema/api-keys.ts',
    './db/schema/idempotency.ts',
    './db/schema/notifications.ts',
    './db/schema/blocks.ts',
    './db/schema/checklist.ts',
    './db/schema/metrics.ts',
    './db/schema/reports.ts',
    './db/schema/anomalies.ts',
    './db/schema/scanners.ts',
    './db/schema/finding-views.ts',
    './db/schema/secrets.ts',
  ],
});
