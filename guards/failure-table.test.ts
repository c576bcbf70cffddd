import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFailureTable } from './failure-table';
import { plantTree } from './planted-tree';

const root = join(import.meta.dirname, '..');
const table = readFileSync(join(root, 'docs/failures.md'), 'utf8');
const named = [
  ...new Set([...table.matchAll(/`([^`]+[.](?:test|spec)[.]ts)`/g)].map(([, file = '']) => file)),
];
const files = Object.fromEntries(named.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const problemsOf = (text: string) => checkFailureTable(plantTree({ ...files, 'docs/failures.md': text }));

test('the table is complete and every test in it exists', () => {
  expect(checkFailureTable(root)).toEqual([]);
});

test('a test that is renamed, a file that is gone and a row that is missing are reported', () => {
  const renamed = table.replace('"slow: while it is paused', '"slow: while it sleeps');
  expect(problemsOf(renamed)).toEqual([
    expect.stringContaining('Worker, slow names the test "slow: while it sleeps'),
  ]);
  const gone = table.replace('`e2e/chaos/worker.test.ts` "slow', '`e2e/chaos/gone.test.ts` "slow');
  expect(problemsOf(gone)).toEqual([expect.stringContaining('e2e/chaos/gone.test.ts, which does not exist')]);
  const short = table.replace(/^\| flapping \| open \| open .*$/m, '');
  expect(problemsOf(short)).toEqual(['docs/failures.md has no row for Worker, flapping.']);
});

test('a cell without a test must say why', () => {
  const bare = table.replace('Not possible: one that stands still is one that is late, below.', '-');
  expect(problemsOf(bare)).toEqual([expect.stringContaining('Clock, down names no test')]);
  const empty = table.replace('| open | open: nothing waits for it |', '| open | |');
  expect(problemsOf(empty)).toEqual([expect.stringContaining('Worker, slow has an empty cell')]);
});
