import { defineConfig } from 'drizzle-kit';

/** `db/schema/audit.ts` is left out: its table is partitioned, and drizzle/0001 creates it by hand. */
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
  ],
});
