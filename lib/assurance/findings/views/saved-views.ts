import { and, asc, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import { findingView } from '@/db/schema/finding-views';
import { userAccount } from '@/db/schema/identity';
import { type ReadTx, readTenant } from '@/db/scope';
import {
  createViewInput,
  type SavedViewDto,
  type SavedViewListDto,
} from '@/lib/assurance/findings/saved-views-contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';

type ViewRow = typeof findingView.$inferSelect;

const isOwnOf = (actor: Actor, { ownerUserId }: Pick<ViewRow, 'ownerUserId'>) =>
  actor.type === 'user' && actor.userId === ownerUserId;

/** What the actor may see: what is shared, and the person's own. */
function visibleTo(actor: Actor): SQL | undefined {
  const own = actor.type === 'user' ? eq(findingView.ownerUserId, actor.userId) : sql`false`;
  return and(
    eq(findingView.tenantId, actor.tenantId),
    isNull(findingView.deletedAt),
    or(findingView.isShared, own),
  );
}

/** What a person keeps and can change. */
export const contentOf = ({ name, filter, sort, groupedBy, isShared }: ViewRow) =>
  createViewInput.parse({ name, filter, sort, group: groupedBy, isShared });

const missingView = () => new AppError('not_found', 'View not found.');

function selectViews(tx: ReadTx) {
  return tx
    .select({ view: findingView, owner: userAccount.displayName })
    .from(findingView)
    .leftJoin(userAccount, eq(userAccount.id, findingView.ownerUserId));
}

function dtoOf(actor: Actor, { view, owner }: { view: ViewRow; owner: string | null }): SavedViewDto {
  const { id, version } = view;
  return {
    ...contentOf(view),
    ...{ id, owner, version },
    isOwn: isOwnOf(actor, view),
    createdAt: view.createdAt.toISOString(),
  };
}

/** Saved views by name: the shared ones and the person's own. */
export async function listViews(actor: Actor): Promise<SavedViewListDto> {
  requirePermission(actor, 'findings:read');
  const rows = await readTenant(actor, (tx) =>
    selectViews(tx).where(visibleTo(actor)).orderBy(asc(findingView.name), asc(findingView.id)),
  );
  return { items: rows.map((row) => dtoOf(actor, row)), nextCursor: null };
}

/** One view, in the caller's transaction. @throws AppError `not_found`, also for what another person keeps to themselves */
export async function readView(tx: ReadTx, actor: Actor, id: string): Promise<SavedViewDto> {
  const [row] = isId(id) ? await selectViews(tx).where(and(visibleTo(actor), eq(findingView.id, id))) : [];
  if (!row) throw missingView();
  return dtoOf(actor, row);
}

/** One saved view. */
export async function getView(actor: Actor, id: string): Promise<SavedViewDto> {
  requirePermission(actor, 'findings:read');
  return readTenant(actor, (tx) => readView(tx, actor, id));
}

/**
 * The condition of one view that the actor sees.
 * @throws AppError `not_found` for what is no id
 */
export function whereView(actor: Actor, id: string): SQL | undefined {
  if (!isId(id)) throw missingView();
  return and(visibleTo(actor), eq(findingView.id, id));
}
