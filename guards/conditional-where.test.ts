import { expect, test } from 'vitest';
import { checkConditionalWhere } from './conditional-where';
import { plantTree } from './planted-tree';

const check = (body: string) =>
  checkConditionalWhere(
    plantTree({ 'lib/access/api-keys/verb.ts': `export function verb(id?: string) {\n${body}\n}` }),
  );

test.each([
  ['an optional part', 'return tx.update(k).set({}).where(and(eq(k.id, 1), id ? eq(k.id, id) : undefined));'],
  ['a part behind &&', 'return tx.delete(k).where(and(eq(k.id, 1), id && eq(k.id, id)));'],
  ['spread parts', 'const parts = []; return tx.delete(k).where(and(...parts)).returning();'],
  ['undefined', 'return tx.delete(k).where(undefined);'],
  ['an empty and()', 'return tx.delete(k).where(and());'],
  [
    'a constant that can be undefined',
    'const only = id ? eq(k.id, id) : undefined; return tx.delete(k).where(only);',
  ],
  [
    'an optional parameter',
    'const f = (cond?: SQL) => tx.update(k).set({}).where(and(eq(k.id, 1), cond)); return f();',
  ],
  ['a typed undefined', 'let cond: SQL | undefined; return tx.update(k).set({}).where(cond);'],
])('reports a write with %s', (_, body) => {
  const problems = check(body);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^lib\/access\/api-keys\/verb[.]ts:\d+ this update or delete has a condition/);
});

test.each([
  ['whole conditions', 'return tx.update(k).set({}).where(and(eq(k.id, 1), or(isNull(k.a), lt(k.a, now))));'],
  ['a choice between two values', 'return tx.delete(k).where(eq(k.state, id ? "a" : "b"));'],
  ['a read', 'return tx.select().from(k).where(and(id ? eq(k.id, id) : undefined));'],
  ['a constant', 'const only = eq(k.id, 1); return tx.delete(k).where(only);'],
])('accepts %s', (_, body) => expect(check(body)).toEqual([]));
