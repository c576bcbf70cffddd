import { expect, test } from 'vitest';
import { checkDecidingReads } from './deciding-reads';
import { plantTree } from './planted-tree';

const check = (file: string, imports: string) =>
  checkDecidingReads(plantTree({ [file]: `import { ${imports} } from '@/db/scope';\n` }));

test.each([
  ['beside a write', 'lib/access/api-keys/verb.ts', 'inTenant, readTenant'],
  ['under another name', 'lib/access/api-keys/verb.ts', 'asSystem, readTenant as read'],
  ['in a job', 'lib/access/secrets/jobs.ts', 'readTenant'],
  ['where a request is refused', 'lib/platform/auth/request/refuse-blocked.ts', 'readTenant'],
  ['where a ban is brought in line', 'lib/access/supabase/sync.ts', 'readTenant'],
])('refuses a read from the replica %s', (_, file, imports) => {
  expect(check(file, imports)).toEqual([expect.stringContaining(`${file}:1`)]);
});

test.each([
  ['what is only shown', 'lib/access/api-keys/read/queries.ts', 'readTenant'],
  ['a read from the primary beside a write', 'lib/access/api-keys/verb.ts', 'inTenant, readDeciding'],
])('lets pass %s', (_, file, imports) => {
  expect(check(file, imports)).toEqual([]);
});
