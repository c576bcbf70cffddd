import { isDeepStrictEqual } from 'node:util';
import { inTenant } from '@/db/scope';
import { type KeyDto, type UpdateKeyInput, updateKeyInput } from '@/lib/access/api-keys/contract';
import { readKey } from '@/lib/access/api-keys/read/queries';
import type { AuditAction } from '@/lib/platform/audit/contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { refuseUngrantable, requireFuture, requireOwner } from './key-access';
import { keyTarget, type LockedKey, lockKey, touchKey } from './key-store';

type Row = LockedKey['row'];

function wantedOf(input: ReturnType<typeof updateKeyInput.parse>, key: LockedKey): Partial<Row> {
  const { expiresAt, disabled, ...wanted } = input;
  const change: Partial<Row> = { ...wanted };
  if (expiresAt !== undefined) change.expiresAt = expiresAt === null ? null : new Date(expiresAt);
  if (disabled === true) change.disabledAt = key.row.disabledAt ?? new Date(key.nowMs);
  if (disabled === false) change.disabledAt = null;
  return change;
}

/** What differs from the row, as it is and as it will be. */
function differenceOf(row: Row, wanted: Partial<Row>): { before: Partial<Row>; after: Partial<Row> } {
  const names = (Object.keys(wanted) as (keyof Row)[]).filter(
    (name) => wanted[name] !== undefined && !isDeepStrictEqual(row[name], wanted[name]),
  );
  const pick = (from: Partial<Row>): Partial<Row> =>
    Object.fromEntries(names.map((name) => [name, from[name]]));
  return { before: pick(row), after: pick(wanted) };
}

function actionOf(after: Partial<Row>): AuditAction {
  const isSwitch = Object.keys(after).length === 1 && after.disabledAt !== undefined;
  if (!isSwitch) return 'key.updated';
  return after.disabledAt === null ? 'key.enabled' : 'key.disabled';
}

/**
 * Changes what a person may change of a key; secrets and their states have their own verbs.
 * @param ifMatch the entity tag of the copy that was edited, or null for no check
 * @throws AppError `precondition_failed` where somebody changed the key since
 */
export async function updateKey(
  actor: Actor,
  keyId: string,
  given: UpdateKeyInput,
  ifMatch: string | null = null,
): Promise<KeyDto> {
  requirePermission(actor, 'keys:write');
  const input = updateKeyInput.parse(given);
  return inTenant(actor, async (tx) => {
    const key = await lockKey(tx, actor.tenantId, keyId);
    requireMatch(ifMatch, key.row.version);
    if (key.row.revokedAt) throw new AppError('conflict', 'A revoked key cannot be changed.');
    const { before, after } = differenceOf(key.row, wantedOf(input, key));
    if (Object.keys(after).length === 0) return readKey(tx, actor.tenantId, keyId);
    refuseUngrantable(actor, after.scopes?.filter((scope) => !key.row.scopes.includes(scope)) ?? []);
    if (after.ownerUserId) await requireOwner(tx, actor.tenantId, after.ownerUserId);
    if (after.expiresAt) requireFuture(after.expiresAt.getTime(), key.nowMs);
    await touchKey(tx, key, after);
    await recordAudit(tx, actor, {
      action: actionOf(after),
      target: keyTarget({ ...key.row, ...after }),
      details: { before, after },
    });
    return readKey(tx, actor.tenantId, keyId);
  });
}
