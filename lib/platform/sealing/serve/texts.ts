import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { type LeafInput, type LogInput, logInput } from '../contract';
import { leafOfEvent, readShownHead } from '../queries';
import { INSTALLATION_ID } from '../rules';
import { formatProof } from '../tlog/proof';
import { readInclusionProof } from '../tree/read-tree';
import { policyText } from './policy-text';

/** The texts of C2SP that the API serves. */

const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
const text = (body: string) => new Response(body, { headers });

const unsigned = () =>
  new AppError(
    'not_found',
    'No checkpoint is signed yet. Try again in a minute, or check the integrity of the log.',
  );

/** The newest signed checkpoint (c2sp.org/tlog-checkpoint). @throws AppError `not_found` where none is signed */
export async function getCheckpoint(actor: Actor, given: LogInput): Promise<Response> {
  requirePermission(actor, 'audit:export');
  const { log } = logInput.parse(given);
  const tenantId = log === 'tenant' ? actor.tenantId : INSTALLATION_ID;
  const head = await readTenant(actor, (tx) => readShownHead(tx, tenantId));
  if (!head) throw unsigned();
  return text(head.note);
}

/**
 * That an event is in the tree of the newest signed checkpoint (c2sp.org/tlog-proof). `extra` holds the leaf itself.
 * @throws AppError `not_found` for an unknown event, `conflict` for one that is not proven yet or was changed
 */
export async function getProof(actor: Actor, id: string | undefined, given: LeafInput): Promise<Response> {
  requirePermission(actor, 'audit:export');
  const leaf = await leafOfEvent(actor, id, given);
  if (!leaf) throw new AppError('conflict', 'The event is not sealed yet. Try again in a minute.');
  if (!leaf.entry)
    throw new AppError('conflict', 'The event is not what was sealed, so there is no proof of it.');
  const { incarnation, index, entry } = leaf;
  return readTenant(actor, async (tx) => {
    const head = await readShownHead(tx, actor.tenantId, incarnation);
    if (!head || head.size <= index) {
      throw new AppError('conflict', 'No signed checkpoint covers the event yet. Try again in a minute.');
    }
    const address = { tenantId: actor.tenantId, incarnation };
    const hashes = await readInclusionProof(tx, address, index, head.size);
    return text(formatProof({ extra: entry, index, hashes, checkpoint: head.note }));
  });
}

/** Whose signatures count: the keys of the tenant's log and of the installation's, and the witnesses (c2sp.org/tlog-policy). */
export async function getPolicy(actor: Actor): Promise<Response> {
  requirePermission(actor, 'audit:export');
  return text(await policyText(actor));
}
