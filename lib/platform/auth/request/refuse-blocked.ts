import type { KeyActor, UserActor } from '@/lib/platform/auth/contract';
import { doors } from '@/lib/platform/auth/credential/doors';
import { RefusedError } from './refusal';

/** Whether a block of the tenant stands against the caller. */
export const isBlocked = (actor: UserActor | KeyActor): Promise<boolean> => doors().isBlocked(actor);

/** @throws RefusedError forbidden where a block stands against the caller; it says nothing about the block */
export async function refuseBlocked(actor: UserActor | KeyActor): Promise<void> {
  if (!(await isBlocked(actor))) return;
  const id = actor.type === 'user' ? actor.userId : actor.keyId;
  throw new RefusedError('forbidden', 'You are blocked in this tenant. Ask an operator.', {
    code: 'BLOCKED',
    tenantId: actor.tenantId,
    label: actor.label,
    target: { type: actor.type, id, label: actor.label },
  });
}
