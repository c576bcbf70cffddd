import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { envDocs } from '@/lib/platform/core/env/env-schema';
import { checkEnvDocs, renderEnvTable, writeEnvDocs } from './env-docs';
import { plantTree } from './planted-tree';

const rows = [
  { name: 'PORT', group: 'Addresses', default: '3000', description: 'Port of the console | web.' },
  { name: 'AUTH_SECRET', group: 'Secrets', default: '', description: 'Signs cookies.', secret: true },
];
const empty = '# Title\n<!-- config:start -->\n<!-- config:end -->\nend\n';

test('--write puts one row per setting between the markers and nothing else changes', () => {
  const root = plantTree({ 'README.md': empty });
  expect(checkEnvDocs(root, rows)).toEqual([expect.stringContaining('npm run verify -- --write')]);
  writeEnvDocs(root, rows);
  expect(checkEnvDocs(root, rows)).toEqual([]);
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  expect(text).toContain('| `PORT` | `3000` | Port of the console \\| web. |');
  expect(text).toContain('| `AUTH_SECRET`, `AUTH_SECRET_FILE` |  | Signs cookies. |');
  expect(text.startsWith('# Title\n')).toBe(true);
  expect(text.endsWith('<!-- config:end -->\nend\n')).toBe(true);
});

test('a changed default or a missing marker is reported', () => {
  const root = plantTree({ 'README.md': empty });
  writeEnvDocs(root, rows);
  expect(checkEnvDocs(root, [...rows.slice(1)])).toHaveLength(1);
  expect(checkEnvDocs(plantTree({ 'README.md': '# Title' }), rows)[0]).toContain(
    'has no <!-- config:start -->',
  );
});

test('the table of this repository names every setting of the schema', () => {
  const table = renderEnvTable(envDocs);
  expect(envDocs.length).toBeGreaterThan(10);
  for (const { name } of envDocs) expect(table).toContain(`| \`${name}\``);
});
