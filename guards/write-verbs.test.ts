import { describe, expect, test } from 'vitest';
import { plantTree } from './planted-tree';
import { checkWriteVerbs } from './write-verbs';

const imports = `
import { inTenant, asSystem } from '@/db/scope';
import { requirePermission } from '@/lib/platform/auth/require';
import { recordAudit } from '@/lib/platform/audit/record';
`;
const record = `
export async function recordAudit(tx: Tx, actor: Actor, event: Event) { await tx.insert(auditEvent).values(event); }
`;

function check(verb: string, more: Record<string, string> = {}): string[] {
  const root = plantTree({
    'lib/platform/audit/record.ts': record,
    'lib/access/api-keys/verb.ts': imports + verb,
    ...more,
  });
  return checkWriteVerbs(root);
}

const complete = `
export async function createKey(actor: Actor, input: unknown) {
  requirePermission(actor, 'keys:write');
  return inTenant(actor, async (tx) => {
    await tx.insert(apiKey).values({});
    await recordAudit(tx, actor, {});
  });
}`;

describe('a verb that keeps the rule', () => {
  test('has permission and audit', () => expect(check(complete)).toEqual([]));

  test('has them in a private function of the same file', () => {
    const verb = `
      export const disableKey = async (actor: Actor) => { guardIt(actor); await inTenant(actor, change); };
      function guardIt(actor: Actor) { requirePermission(actor, 'keys:write'); }
      async function change(tx: Tx) { await tx.update(apiKey).set({}).where(eq(apiKey.id, 1)); await recordAudit(tx); }`;
    expect(check(verb)).toEqual([]);
  });

  test('reads only', () => {
    const verb = 'export const list = (actor: Actor) => inTenant(actor, (tx) => tx.select().from(apiKey));';
    expect(check(verb)).toEqual([]);
  });

  test('only records, without a change', () => {
    const verb = 'export const note = (actor: Actor) => inTenant(actor, (tx) => recordAudit(tx, actor, {}));';
    expect(check(verb)).toEqual([]);
  });

  test('keeps a Map and a hash inside the transaction', () => {
    const verb =
      'export const f = (a: Actor) => inTenant(a, async (tx) => { cache.delete(1); hash.update("x"); return tx.select(); });';
    expect(check(verb)).toEqual([]);
  });

  test('carries a reason', () => {
    const verb = `
      // guard: the session row is the permission; signing out records its own event
      export const touch = (actor: Actor) => inTenant(actor, (tx) => tx.update(session).set({}).where(eq(1, 1)));`;
    expect(check(verb)).toEqual([]);
  });
});

describe('a verb that breaks the rule is reported', () => {
  test('without permission', () => {
    const [problem, ...others] = check(complete.replace("requirePermission(actor, 'keys:write');", ''));
    expect(others).toEqual([]);
    expect(problem).toMatch(
      /^lib\/access\/api-keys\/verb[.]ts:6 createKey writes in a transaction without requirePermission[.]/,
    );
    expect(problem).toContain('// guard:');
  });

  test('without audit', () => {
    expect(check(complete.replace('await recordAudit(tx, actor, {});', ''))[0]).toContain(
      'without recordAudit.',
    );
  });

  test('through asSystem, as an arrow function, exported at the end', () => {
    const verb = `
      const purge = async () => asSystem('purge', async (system) => { await system.delete(session).where(eq(1, 1)); });
      export { purge };`;
    expect(check(verb)[0]).toContain(
      'purge writes in a transaction without requirePermission and recordAudit',
    );
  });

  test('through SQL text', () => {
    const verb =
      'export const f = (a: Actor) => inTenant(a, (tx) => tx.execute(sql`with x as (select 1) insert into api_key values (1)`));';
    expect(check(verb)).toHaveLength(1);
  });

  test('through a private function that opens the transaction', () => {
    const verb = `
      export async function rename(actor: Actor) { await change(actor); }
      const change = (actor: Actor) => inTenant(actor, (tx) => tx.update(apiKey).set({}).where(eq(1, 1)));`;
    expect(check(verb)[0]).toContain('rename writes');
  });

  test('through a writing helper of another file', () => {
    const helper =
      'export async function insertVersion(tx: Tx) { await tx.insert(apiKeyVersion).values({}); }';
    const verb = `
      import { insertVersion } from './insert-version';
      export async function rotate(actor: Actor) { await inTenant(actor, (t) => insertVersion(t)); }`;
    expect(check(verb, { 'lib/access/api-keys/insert-version.ts': helper })[0]).toContain('rotate writes');
  });

  test('in a method of an object or a class', () => {
    const body = '{ return asSystem("x", (tx) => tx.insert(account).values({})); }';
    const verb = `export const adapter = { async createUser() ${body} }; export class Store { save() ${body} }`;
    const problems = check(verb);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('adapter.createUser writes');
    expect(problems[1]).toContain('Store.save writes');
  });

  test('with a reason that is too short', () => {
    const verb = `
      // guard: internal
      export const touch = (actor: Actor) => inTenant(actor, (tx) => tx.update(session).set({}).where(eq(1, 1)));`;
    expect(check(verb)[0]).toContain('shorter than 20 characters');
  });
});
