import { type Actor, type Permission, ROLE_PERMISSIONS } from './contract';

/** Whether the actor holds the permission: by role, by scope, or as the host itself. */
export function may(actor: Actor, permission: Permission): boolean {
  switch (actor.type) {
    case 'user':
      return ROLE_PERMISSIONS[actor.role].includes(permission);
    case 'key':
      return actor.scopes.includes(permission);
    case 'cli':
    case 'job':
      return true;
    case 'anonymous':
      return false;
  }
}
