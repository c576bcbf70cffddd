import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkJsonSchemas, writeJsonSchemas } from './json-schemas';
import { plantTree } from './planted-tree';

const schema = z.strictObject({
  quota: z.int().min(1).describe('How much.'),
  mode: z.enum(['a', 'b']).default('a'),
});
const entries = [{ path: 'x.schema.json', title: 'X', schema }];

test('a schema file is written from the program, and one that differs is reported', () => {
  const root = plantTree({ 'README.md': '' });
  expect(checkJsonSchemas(root, entries)).toEqual([expect.stringContaining('x.schema.json')]);
  writeJsonSchemas(root, entries);
  expect(checkJsonSchemas(root, entries)).toEqual([]);
  const other = [
    { ...entries[0], path: 'x.schema.json', title: 'X', schema: schema.extend({ more: z.string() }) },
  ];
  expect(checkJsonSchemas(root, other)).toHaveLength(1);
});

test('the schema files of this repository are up to date', () => {
  expect(checkJsonSchemas(join(import.meta.dirname, '..'))).toEqual([]);
});
