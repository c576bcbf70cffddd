import { z } from 'zod';
import { PERMISSION_NAMES, type Permission } from './contract';

const SERVICE_SCOPE = /^(?=.{3,100}$)[a-z0-9][a-z0-9._-]*(:[a-z0-9][a-z0-9._-]*)+$/;

/**
 * What stands before the colon of Bulwark's own permissions, now or soon. A team's scope never begins so: else it would
 * come to mean something here that nobody gave.
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...PERMISSION_NAMES.map((name) => name.slice(0, name.indexOf(':'))),
  ...['anomalies', 'assets', 'bulwark', 'reports', 'rotation', 'sessions', 'tenants', 'users', 'webhooks'],
]);

export function isPermission(scope: string): scope is Permission {
  return (PERMISSION_NAMES as readonly string[]).includes(scope);
}

/** True for a scope that means something to the team's own services alone, such as `orders:read`. */
export function isServiceScope(scope: string): boolean {
  return SERVICE_SCOPE.test(scope) && !RESERVED.has(scope.slice(0, scope.indexOf(':')));
}

/** What is wrong with a scope of the team's own, or null. */
export function serviceScopeProblem(scope: string): string | null {
  if (isServiceScope(scope)) return null;
  const resource = scope.slice(0, Math.max(0, scope.indexOf(':')));
  return RESERVED.has(resource)
    ? `"${scope}" begins with "${resource}:", which is reserved for Bulwark permissions. Choose another prefix.`
    : `"${scope}" is not a valid scope. Enter a scope such as orders:read.`;
}

/** A permission of Bulwark, or a scope that routes of the gate ask for. */
export const scopeText = z
  .string()
  .max(100)
  .superRefine((scope, context) => {
    const problem = isPermission(scope) ? null : serviceScopeProblem(scope);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });
