import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const packages = ['postgres', 'react', 'zod'];

const house: Record<string, string> = {
  'lib/platform/core/errors.ts': 'export const code = 1;',
  'lib/platform/core/env/env.ts': 'export const env = 1;',
  'lib/platform/auth/contract.ts':
    "import { code } from '@/lib/platform/core/errors'; export type Actor = typeof code;",
  'lib/platform/audit/record.ts': "import { scope } from '@/db/scope'; export const record = scope;",
  'lib/platform/jobs/enqueue.ts': 'export const enqueue = 1;',
  'lib/platform/notifications/notify.ts': 'export const notify = 1;',
  'lib/platform/auth/sign-in/complete-sign-in.ts':
    "import { notify } from '@/lib/platform/notifications/notify'; export const signIn = notify;",
  'lib/processes/job-registry.ts':
    "import { create } from '@/lib/access/api-keys/change/create-key'; export const jobs = [create];",
  'lib/access/gate/server.ts':
    "import { create } from '@/lib/access/api-keys/change/create-key'; export const gate = create;",
  'lib/processes/gate.ts': "import { gate } from '@/lib/access/gate/server'; export const run = gate;",
  'lib/access/api-keys/contract.ts': "import { z } from 'zod'; export const key = z;",
  'lib/access/api-keys/rules.ts':
    "import { key } from '@/lib/access/api-keys/contract'; export const rule = key;",
  'lib/access/api-keys/change/create-key.ts': [
    "import { scope } from '@/db/scope';",
    "import { record } from '@/lib/platform/audit/record';",
    "import { enqueue } from '@/lib/platform/jobs/enqueue';",
    "import { finding } from '@/lib/assurance/findings/contract';",
    'export const create = [scope, record, enqueue, finding];',
  ].join('\n'),
  'guards/check.ts': 'export const check = 1;',
  'lib/access/blocks/create-block.ts': 'export const limit = 1;',
  'lib/assurance/findings/facts.ts': 'export const openUrgent = 1;',
  'lib/insight/overview/attention.ts':
    "import { openUrgent } from '@/lib/assurance/findings/facts'; export const attention = openUrgent;",
  'lib/assurance/findings/contract.ts': 'export const finding = 1;',
  'lib/assurance/findings/test/sample.ts':
    "import postgres from 'postgres'; import { create } from '@/lib/access/api-keys/change/create-key'; export const sample = [postgres, create];",
  'lib/assurance/findings/read/queries.ts': 'export const list = 1; export type Row = number;',
  'db/scope.ts':
    "import postgres from 'postgres'; import type { Actor } from '@/lib/platform/auth/contract'; export const scope: [typeof postgres, Actor] = [postgres, 1];",
  'components/ui/button.tsx': "import React from 'react'; export const Button = React;",
  'components/shell/top-bar.tsx':
    "import { Button } from '@/components/ui/button'; export const TopBar = Button;",
  'components/assurance/findings/screen.tsx': [
    "import { finding } from '@/lib/assurance/findings/contract';",
    "import type { Row } from '@/lib/assurance/findings/read/queries';",
    "import { TopBar } from '@/components/shell/top-bar';",
    'export const Screen = [finding, TopBar] satisfies unknown[]; export type R = Row;',
  ].join('\n'),
  'app/page.tsx':
    "import { Screen } from '@/components/assurance/findings/screen'; import { list } from '@/lib/assurance/findings/read/queries'; export default [Screen, list];",
};

const planted: { rule: string; file: string; text: string }[] = [
  {
    rule: 'app-does-not-touch-the-database',
    file: 'app/bad/page.tsx',
    text: "import type { scope } from '@/db/scope'; export type X = typeof scope;",
  },
  {
    rule: 'components-stay-in-the-browser',
    file: 'components/assurance/findings/bad-db.tsx',
    text: "import type { scope } from '@/db/scope'; export type X = typeof scope;",
  },
  {
    rule: 'components-use-contracts',
    file: 'components/assurance/findings/bad-query.tsx',
    text: "import { list } from '@/lib/assurance/findings/read/queries'; export const x = list;",
  },
  {
    rule: 'components-use-contracts',
    file: 'components/assurance/findings/bad-env.tsx',
    text: "import { env } from '@/lib/platform/core/env/env'; export const x = env;",
  },
  {
    rule: 'component-rooms-do-not-mix',
    file: 'components/access/api-keys/bad-room.tsx',
    text: "import { Screen } from '@/components/assurance/findings/screen'; export const x = Screen;",
  },
  {
    rule: 'shared-components-know-no-domain',
    file: 'components/ui/bad-domain.tsx',
    text: "import { finding } from '@/lib/assurance/findings/contract'; export const x = finding;",
  },
  {
    rule: 'contracts-use-no-node',
    file: 'lib/access/bad-node/contract.ts',
    text: "import { join } from 'node:path'; export const x = join;",
  },
  {
    rule: 'contracts-are-pure',
    file: 'lib/access/bad-react/rules.ts',
    text: "import React from 'react'; export const x = React;",
  },
  {
    rule: 'contracts-are-pure',
    file: 'lib/access/bad-query/rules.ts',
    text: "import { list } from '@/lib/assurance/findings/read/queries'; export const x = list;",
  },
  {
    rule: 'contracts-are-pure',
    file: 'lib/access/bad-db/contract.ts',
    text: "import type { scope } from '@/db/scope'; export type X = typeof scope;",
  },
  ...['platform', 'access', 'assurance', 'response', 'insight'].flatMap((wing, index, wings) => ({
    rule: `${wing}-imports-nothing-above`,
    file: `lib/${wing}/bad-arrow/verb.ts`,
    text: `import { up } from '@/lib/${wings[index + 1] ?? 'processes'}/upstairs/facts'; export const x = up;`,
  })),
  {
    rule: 'rooms-do-not-mix',
    file: 'lib/access/api-keys/bad-room.ts',
    text: "import { limit } from '@/lib/access/blocks/create-block'; export const x = limit;",
  },
  {
    rule: 'rooms-do-not-mix',
    file: 'lib/insight/a-room-of-tomorrow/bad.ts',
    text: "import type { Row } from '@/lib/assurance/findings/read/queries'; export type X = Row;",
  },
  {
    rule: 'foundations-know-no-domain',
    file: 'lib/platform/audit/bad-domain.ts',
    text: "import { list } from '@/lib/assurance/findings/read/queries'; export const x = list;",
  },
  {
    rule: 'foundations-know-no-domain',
    file: 'lib/platform/jobs/bad-domain.ts',
    text: "import { list } from '@/lib/assurance/findings/read/queries'; export const x = list;",
  },
  {
    rule: 'db-is-the-floor',
    file: 'db/bad-verb.ts',
    text: "import type { record } from '@/lib/platform/audit/record'; export type X = typeof record;",
  },
  {
    rule: 'nobody-imports-a-process',
    file: 'app/api/bad-route.ts',
    text: "import { run } from '@/lib/processes/gate'; export const x = run;",
  },
  {
    rule: 'nobody-imports-the-gate',
    file: 'lib/assurance/findings/bad-gate.ts',
    text: "import { gate } from '@/lib/access/gate/server'; export const x = gate;",
  },
  {
    rule: 'lib-ships-alone',
    file: 'lib/assurance/findings/bad-tool.ts',
    text: "import { check } from '@/guards/check'; export const x = check;",
  },
  {
    rule: 'driver-only-in-db',
    file: 'lib/assurance/findings/bad-driver.ts',
    text: "import postgres from 'postgres'; export const x = postgres;",
  },
  {
    rule: 'nobody-imports-a-test',
    file: 'lib/assurance/findings/bad-test.ts',
    text: "import { sample } from '@/lib/assurance/findings/test/sample'; export const x = sample;",
  },
  {
    rule: 'no-cycles',
    file: 'lib/assurance/findings/cycle-a.ts',
    text: "import { y } from './cycle-b'; export const x = y;",
  },
  {
    rule: 'lib-knows-no-screens',
    file: 'lib/assurance/findings/bad-screen.ts',
    text: "import type { Screen } from '@/components/assurance/findings/screen'; export type X = typeof Screen;",
  },
  {
    rule: 'every-import-resolves',
    file: 'lib/assurance/findings/bad-path.ts',
    text: "import { x } from '@/lib/assurance/findings/nowhere'; export const y = x;",
  },
];

let dir: string;

function write(file: string, text: string): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true });
  writeFileSync(join(dir, file), `${text}\n`);
}

function buildHouse(): void {
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};');
  }
  cpSync(join(root, '.dependency-cruiser.cjs'), join(dir, '.dependency-cruiser.cjs'));
  cpSync(join(root, 'tsconfig.json'), join(dir, 'tsconfig.json'));
  write('package.json', JSON.stringify({ name: 'planted', type: 'module' }));
  for (const [file, text] of Object.entries(house)) write(file, text);
}

interface Report {
  summary: { totalCruised: number; violations: { from: string; rule: { name: string; severity: string } }[] };
}

function cruise(): Report['summary'] {
  const bin = join(root, 'node_modules/.bin/depcruise');
  const args = [
    bin,
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'app',
    'components',
    'lib',
    'db',
  ];
  const run = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (!run.stdout) throw new Error(run.stderr);
  const report: Report = JSON.parse(run.stdout);
  return report.summary;
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'bulwark-import-rules-'));
  buildHouse();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a tree that keeps every rule is reported clean', () => {
  const { totalCruised, violations } = cruise();
  expect(violations).toEqual([]);
  expect(totalCruised).toBeGreaterThanOrEqual(Object.keys(house).length);
});

test('every planted import is reported under its rule, as an error, and every rule has a planted import', async () => {
  for (const { file, text } of planted) write(file, text);
  for (const wing of ['access', 'assurance', 'response', 'insight', 'processes']) {
    write(`lib/${wing}/upstairs/facts.ts`, 'export const up = 1;');
  }
  write('lib/assurance/findings/cycle-b.ts', "import { x } from './cycle-a'; export const y = x;");
  const found = cruise().violations;
  for (const { rule, file } of planted) {
    const hit = found.find((violation) => violation.rule.name === rule && violation.from === file);
    expect(hit?.rule.severity, `${file} should break ${rule}`).toBe('error');
  }
  const config: { default: { forbidden: { name: string }[] } } = await import(
    join(root, '.dependency-cruiser.cjs')
  );
  const rules = config.default.forbidden.map((rule) => rule.name);
  expect([...new Set(planted.map((plant) => plant.rule))].sort()).toEqual(rules.sort());
});
