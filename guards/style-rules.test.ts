import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantTree } from './planted-tree';

const root = join(import.meta.dirname, '..');

interface Report {
  diagnostics: { category: string; location: { path: string | { file: string } } }[];
}

function lint(files: Record<string, string>): string[] {
  const dir = plantTree({ ...files, 'biome.json': readFileSync(join(root, 'biome.json'), 'utf8') });
  const args = [join(root, 'node_modules/.bin/biome'), 'lint', '--vcs-enabled=false', '--reporter=json', '.'];
  const run = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
  const report: Report = JSON.parse(run.stdout);
  return report.diagnostics.map(({ category, location }) => {
    const path = typeof location.path === 'string' ? location.path : location.path.file;
    return `${path} ${category.split('/').at(-1)}`;
  });
}

const readsEnv = 'export const url = process.env.DATABASE_URL;\n';

test('row 10: process.env is read in lib/platform/core/env/env.ts and by scripts, and nowhere else', () => {
  const files = {
    'lib/platform/core/env/env.ts': readsEnv,
    'bin/start.mjs': readsEnv,
    'lib/access/api-keys/verb.ts': readsEnv,
  };
  expect(lint(files)).toEqual(['lib/access/api-keys/verb.ts noProcessEnv']);
});

test('any, non-null assertions, focused tests, forgotten promises and deletes without a where are errors', () => {
  const found = lint({
    'lib/a.ts': 'export const f = (x: any) => x;\n',
    'lib/b.ts': 'export const f = (x?: string) => x!.length;\n',
    'lib/c.test.ts': "import { test } from 'vitest';\ntest.only('x', () => {});\n",
    'lib/d.ts': 'const f = async () => 1;\nexport function g() {\n  f();\n}\n',
    'lib/e.ts': 'export const f = (db: Db) => db.delete(users);\n',
  });
  expect(found.sort()).toEqual([
    'lib/a.ts noExplicitAny',
    'lib/b.ts noNonNullAssertion',
    'lib/c.test.ts noFocusedTests',
    'lib/d.ts noFloatingPromises',
    'lib/e.ts noDrizzleDeleteWithoutWhere',
  ]);
});
