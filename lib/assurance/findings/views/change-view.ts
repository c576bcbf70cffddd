import { and, count, eq, isNull, ne, type SQL } from 'drizzle-orm';
import { findingView } from '@/db/schema/finding-views';
import type { WriteTx } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission, requirePerson } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { whereView } from './saved-views';

export type ViewRow = typeof findingView.$inferSelect;

const OWN_MAX = 100;
const SHARED_MAX = 200;

/** What is for everybody takes the right to decide; what somebody keeps for themselves only that to read. */
export function requireSharing(actor: Actor, isShared: boolean): void {
  if (isShared) requirePermission(actor, 'findings:write');
}

/** A view that the actor may change, locked: an own one, or a shared one for who may decide. */
export async function lockView(tx: WriteTx, actor: Actor, id: string): Promise<ViewRow> {
  requirePerson(actor);
  const [row] = await tx.select().from(findingView).where(whereView(actor, id)).for('update');
  if (!row) throw new AppError('not_found', 'View not found.');
  requireSharing(actor, row.isShared);
  return row;
}

/** Names are unique among what is shared, and among what one person keeps. */
function besides({
  tenantId,
  id,
  ownerUserId,
  isShared,
}: Omit<ViewRow, 'createdAt' | 'deletedAt' | 'version'>) {
  const others: (SQL | undefined)[] = [
    eq(findingView.tenantId, tenantId),
    isNull(findingView.deletedAt),
    ne(findingView.id, id),
    eq(findingView.isShared, isShared),
  ];
  return and(...others, ...(isShared ? [] : [eq(findingView.ownerUserId, ownerUserId)]));
}

/** @throws AppError `conflict` where the name is taken, or there are too many */
export async function requireRoom(
  tx: WriteTx,
  view: Omit<ViewRow, 'createdAt' | 'deletedAt' | 'version'>,
): Promise<void> {
  const others = besides(view);
  const [same] = await tx
    .select({ id: findingView.id })
    .from(findingView)
    .where(and(others, eq(findingView.name, view.name)));
  if (same)
    throw new AppError('conflict', 'A view with this name already exists.', {
      fields: [{ path: 'name', message: 'Choose another name.' }],
    });
  const most = view.isShared ? SHARED_MAX : OWN_MAX;
  const [known] = await tx.select({ n: count() }).from(findingView).where(others);
  if ((known?.n ?? 0) >= most)
    throw new AppError('conflict', `There are ${most} views already. Delete some that are not needed.`);
}
