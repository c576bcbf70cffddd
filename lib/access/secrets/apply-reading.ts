import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { secret, secretConsumer } from '@/db/schema/secrets';
import type { WriteTx } from '@/db/scope';
import { newId } from '@/lib/platform/core/ids';
import type { BackendRow } from './backend-store';
import type { ReadSecret } from './backends/backend';
import { isChanged, mergeSecret, type SecretRow } from './merge';

const ROWS_PER_STATEMENT = 500;
const NAMES_NOTED = 50;

/** What a reading changed, by name. */
export interface ReadingChanges {
  added: string[];
  /** Another version than before. */
  rotated: string[];
  changed: number;
  gone: string[];
}

type NewRow = ReturnType<typeof mergeSecret>;

const EXCLUDED = Object.fromEntries(
  Object.entries(secret)
    .filter(
      ([name, column]) =>
        !['tenantId', 'id', 'backendId', 'path', 'enableRLS'].includes(name) && 'name' in column,
    )
    .map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]),
);

async function store(tx: WriteTx, rows: readonly NewRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    await tx
      .insert(secret)
      .values(rows.slice(at, at + ROWS_PER_STATEMENT))
      .onConflictDoUpdate({ target: [secret.tenantId, secret.backendId, secret.path], set: EXCLUDED });
  }
}

/** What was known and is not among what was read, unless it lies where nothing could be read. */
async function noteGone(
  tx: WriteTx,
  known: readonly SecretRow[],
  read: ReadonlySet<string>,
  unreadPaths: readonly string[],
  now: Date,
): Promise<string[]> {
  const isUnread = (path: string) =>
    unreadPaths.some((one) => path === one || path.startsWith(one.endsWith('/') ? one : `${one}/`));
  const gone = known.filter((row) => row.missingAt === null && !read.has(row.path) && !isUnread(row.path));
  const [first] = gone;
  if (!first) return [];
  const ids = gone.map(({ id }) => id);
  await tx
    .update(secret)
    .set({ missingAt: now })
    .where(and(eq(secret.tenantId, first.tenantId), inArray(secret.id, ids)));
  return gone.map(({ name }) => name);
}

/** Consumers that the source itself names, by secret; those that people added or that report themselves are not touched. */
async function namedConsumers(tx: WriteTx, { tenantId, id }: BackendRow, source: 'scan' | 'backend') {
  const rows = await tx
    .select({ id: secretConsumer.id, secretId: secretConsumer.secretId, name: secretConsumer.name })
    .from(secretConsumer)
    .innerJoin(
      secret,
      and(eq(secret.tenantId, secretConsumer.tenantId), eq(secret.id, secretConsumer.secretId)),
    )
    .where(
      and(
        eq(secretConsumer.tenantId, tenantId),
        eq(secret.backendId, id),
        eq(secretConsumer.source, source),
        isNull(secretConsumer.removedAt),
      ),
    );
  return Map.groupBy(rows, ({ secretId }) => secretId);
}

async function storeConsumers(
  tx: WriteTx,
  backend: BackendRow,
  named: ReadonlyMap<string, readonly string[]>,
  source: 'scan' | 'backend',
): Promise<void> {
  const { tenantId } = backend;
  const known = await namedConsumers(tx, backend, source);
  const stale: string[] = [];
  const fresh: (typeof secretConsumer.$inferInsert)[] = [];
  for (const [secretId, names] of named) {
    const before = known.get(secretId) ?? [];
    stale.push(...before.filter(({ name }) => !names.includes(name)).map(({ id }) => id));
    const missing = new Set(names.filter((name) => !before.some((one) => one.name === name)));
    fresh.push(...[...missing].map((name) => ({ tenantId, id: newId(), secretId, name, source })));
  }
  if (stale.length > 0)
    await tx
      .update(secretConsumer)
      .set({ removedAt: sql`clock_timestamp()` })
      .where(and(eq(secretConsumer.tenantId, tenantId), inArray(secretConsumer.id, stale)));
  for (let at = 0; at < fresh.length; at += ROWS_PER_STATEMENT)
    await tx
      .insert(secretConsumer)
      .values(fresh.slice(at, at + ROWS_PER_STATEMENT))
      .onConflictDoNothing();
}

export interface AppliedReading {
  secrets: readonly ReadSecret[];
  unreadPaths: readonly string[];
  source: 'scan' | 'backend';
  now: Date;
  isFresh?: boolean;
}

/** Takes a reading of one backend over; the caller holds the backend's row. */
export async function applyReading(
  tx: WriteTx,
  backend: BackendRow,
  applied: AppliedReading,
): Promise<ReadingChanges> {
  const { secrets, unreadPaths, source, now, isFresh } = applied;
  const { tenantId, id: backendId } = backend;
  const known = await tx
    .select()
    .from(secret)
    .where(and(eq(secret.tenantId, tenantId), eq(secret.backendId, backendId)));
  const byPath = new Map(known.map((row) => [row.path, row]));
  const unique = new Map(secrets.map((one) => [one.path, one]));
  const changes: ReadingChanges = { added: [], rotated: [], changed: 0, gone: [] };
  const rows: NewRow[] = [];
  for (const read of unique.values()) {
    const before = byPath.get(read.path) ?? null;
    const after = mergeSecret(before, read, { tenantId, backendId, now, isFresh });
    rows.push(after);
    if (before === null) changes.added.push(after.name);
    else if (isChanged(before, after)) changes.changed += 1;
    if (before !== null && String(before.rotatedAt) !== String(after.rotatedAt))
      changes.rotated.push(after.name);
  }
  await store(tx, rows);
  const named = rows.flatMap((row): [string, readonly string[]][] => {
    const names = unique.get(row.path)?.consumers;
    return names === undefined ? [] : [[row.id, names]];
  });
  await storeConsumers(tx, backend, new Map(named), source);
  changes.gone = await noteGone(tx, known, new Set(unique.keys()), unreadPaths, now);
  return changes;
}

export const isNothing = ({ added, rotated, changed, gone }: ReadingChanges): boolean =>
  added.length + rotated.length + changed + gone.length === 0;

/** For an audit event: numbers, and the first names of each. */
export function changesDetails({ added, rotated, changed, gone }: ReadingChanges): Record<string, unknown> {
  const named = (names: readonly string[]) => ({ count: names.length, names: names.slice(0, NAMES_NOTED) });
  return { added: named(added), rotated: named(rotated), gone: named(gone), changed };
}
