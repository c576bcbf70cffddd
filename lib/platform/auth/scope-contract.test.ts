import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PERMISSION_NAMES } from './contract';
import { isServiceScope, scopeText, serviceScopeProblem } from './scope-contract';

describe('a scope', () => {
  it('is a permission of Bulwark or one of the team’s own', () => {
    for (const scope of [
      ...PERMISSION_NAMES,
      'orders:read',
      'billing.v2:invoices:write',
      'a1:b_c'.replace('_', '-'),
    ])
      expect(scopeText.safeParse(scope).success, scope).toBe(true);
  });

  it.each(['root', '', 'orders:', ':read', 'Orders:read', 'orders:*', 'orders read', `a:${'b'.repeat(99)}`])(
    'is not %j',
    (scope) => {
      expect(scopeText.safeParse(scope).success).toBe(false);
    },
  );

  it.each(['keys:admin', 'audit:purge', 'reports:read', 'bulwark:all'])(
    'of the team’s own never begins like one of Bulwark’s: %s',
    (scope) => {
      expect(serviceScopeProblem(scope)).toMatch(/reserved for Bulwark permissions/);
      expect(scopeText.safeParse(scope).success).toBe(false);
    },
  );

  it('of the team’s own is never a permission', () => {
    fc.assert(fc.property(fc.constantFrom(...PERMISSION_NAMES), (permission) => !isServiceScope(permission)));
  });
});
