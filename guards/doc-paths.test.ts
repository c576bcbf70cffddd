import { expect, test } from 'vitest';
import { checkDocPaths } from './doc-paths';
import { plantTree } from './planted-tree';

const tree = {
  'lib/platform/core/env/env.ts': '',
  'lib/platform/auth/contract.ts': '',
  'app/(console)/(access)/keys/page.tsx': '',
  LICENSE: '',
};
const check = (text: string) => checkDocPaths(plantTree({ ...tree, 'ARCHITECTURE.md': text }));

test('paths that exist pass, with placeholders, braces and groups', () => {
  const text = [
    'Read `lib/platform/core/env/env.ts`, a `contract.ts`, `lib/<wing>/<room>/contract.ts`, `lib/platform/{core,auth}/**/*.ts`, `app/(console)/(access)/keys/page.tsx`.',
    'See [the licence](LICENSE), [a page](https://example.org/lib/x.ts) and `GET /api/v1/keys`, `npm test`, `app_rw`.',
    '```sh\ncat lib/gone.ts\n```',
  ].join('\n');
  expect(check(text)).toEqual([]);
});

test.each([
  ['a file', 'x\nsee `lib/platform/core/gone.ts`', 'ARCHITECTURE.md:2 cites lib/platform/core/gone.ts'],
  ['a pattern without a match', '`lib/<wing>/<room>/queries.ts`', 'lib/<wing>/<room>/queries.ts'],
  ['a link', '[notes](docs/decisions/0009-gone.md)', 'docs/decisions/0009-gone.md'],
  ['a file at the top', '`biome.json`', 'biome.json'],
])('reports %s that does not exist', (_, text, expected) => {
  expect(check(text)).toEqual([expect.stringContaining(expected)]);
});
