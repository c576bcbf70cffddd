import { sql } from 'drizzle-orm';
import { poolOf } from './connect';

/** What a transaction on DATABASE_URL_RO says of its server. */
export interface ReplicaView {
  isReplica: boolean;
  /** It has replayed the position that was asked for. */
  isCurrent: boolean;
}

interface Seen {
  /** False until a read has told. */
  isReplica: boolean;
  /** The end of the write-ahead log (pg_lsn) after this process's last write; undefined once a replica has it. */
  position: bigint | undefined;
}

/** Kept on globalThis: Next loads server modules more than once. */
const holder = globalThis as typeof globalThis & { bulwarkReplica?: Seen };

function seen(): Seen {
  holder.bulwarkReplica ??= { isReplica: false, position: undefined };
  return holder.bulwarkReplica;
}

/** Whether writes must be noted: not where reads and writes go to one server. */
export const readsFromReplica = (): boolean => seen().isReplica;

/** What a replica must have replayed to show this process its own writes, as pg_lsn prints it; null: nothing. */
export function positionToWaitFor(): string | null {
  const { position } = seen();
  if (position === undefined) return null;
  return `${(position >> 32n).toString(16)}/${(position & 0xffffffffn).toString(16)}`;
}

/** Called after a commit that wrote, where reads go to a replica. */
export async function noteWrite(): Promise<void> {
  const [row] = await poolOf('app_rw').db.execute<{ position: string }>(
    sql`select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text as position`,
  );
  const position = BigInt(row?.position ?? 0);
  const known = seen();
  if (known.position === undefined || known.position < position) known.position = position;
}

/**
 * Learns from a read that asked for `asked`. What was written before the server was known to be a replica has no
 * position: it must have caught up with the primary once.
 * @returns false where the read must be done on the primary
 */
export async function noteRead(view: ReplicaView, asked: string | null): Promise<boolean> {
  const known = seen();
  if (!view.isReplica) {
    known.isReplica = false;
    known.position = undefined;
    return true;
  }
  if (!known.isReplica) {
    known.isReplica = true;
    await noteWrite();
    return false;
  }
  if (view.isCurrent && positionToWaitFor() === asked) known.position = undefined;
  return view.isCurrent;
}
