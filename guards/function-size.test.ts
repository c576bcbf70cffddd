import { expect, test } from 'vitest';
import { checkFunctionSize, functionSizes } from './function-size';
import { plantTree } from './planted-tree';

const functionOf = (lines: number, name: string) =>
  `export function ${name}() {\n${'  count();\n'.repeat(lines - 2)}}\n`;
const many = (count: number, lines: number) =>
  Array.from({ length: count }, (_, index) => functionOf(lines, `f${index}`)).join('\n');

test('short functions pass', () => {
  expect(checkFunctionSize(plantTree({ 'lib/a.ts': many(20, 50) }))).toEqual([]);
});

test('a function of 151 lines is reported with its place and length; one of 150 is not', () => {
  const root = plantTree({
    'lib/a.ts': `${many(20, 10)}\n${functionOf(151, 'long')}`,
    'lib/b.ts': functionOf(150, 'fits'),
  });
  expect(checkFunctionSize(root)).toEqual([expect.stringMatching(/^lib\/a[.]ts:\d+ long has 151 lines/)]);
});

test('too many functions over 55 lines are reported', () => {
  const root = plantTree({
    'lib/a.ts': many(8, 10),
    'app/b.ts': functionOf(60, 'one') + functionOf(70, 'two'),
  });
  expect(checkFunctionSize(root)).toEqual([expect.stringContaining('more than 60 lines')]);
});

test('one-line callbacks do not count, so they cannot hide long functions', () => {
  const root = plantTree({
    'lib/a.ts': 'export const f = () => [1].map((x) => x + 1);\n',
    'lib/b.ts': many(1, 10),
  });
  expect(functionSizes(root).map(({ lines }) => lines)).toEqual([10]);
});
