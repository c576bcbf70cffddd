import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type { AuditEventDto } from './contract';
import type { Position } from './cursor';
import { isoTime } from './scan';

/** `plain` is written by us (ids, times, numbers apart) and holds nothing that must be escaped; `text` may hold anything. */
export type ColumnKind = 'plain' | 'number' | 'text' | 'json';

/** How each field of an event is read; the order is the order of columns in an export. */
export const EVENT_COLUMNS: { name: keyof AuditEventDto; read: SQL; kind: ColumnKind }[] = [
  { name: 'at', read: isoTime(sql`e.at`), kind: 'plain' },
  { name: 'id', read: sql`e.id`, kind: 'plain' },
  { name: 'tenantId', read: sql`e.tenant_id`, kind: 'plain' },
  { name: 'category', read: sql`e.category`, kind: 'text' },
  { name: 'action', read: sql`e.action`, kind: 'text' },
  { name: 'outcome', read: sql`e.outcome`, kind: 'text' },
  { name: 'code', read: sql`e.code`, kind: 'text' },
  { name: 'actorType', read: sql`e.actor_type`, kind: 'text' },
  { name: 'actorId', read: sql`e.actor_id`, kind: 'plain' },
  { name: 'actorLabel', read: sql`e.actor_label`, kind: 'text' },
  { name: 'sessionId', read: sql`e.session_id`, kind: 'plain' },
  { name: 'keyId', read: sql`e.key_id`, kind: 'plain' },
  { name: 'keyVersionId', read: sql`e.key_version_id`, kind: 'plain' },
  { name: 'ip', read: sql`host(e.ip)`, kind: 'plain' },
  { name: 'userAgent', read: sql`e.user_agent`, kind: 'text' },
  { name: 'method', read: sql`e.method`, kind: 'text' },
  { name: 'host', read: sql`e.host`, kind: 'text' },
  { name: 'path', read: sql`e.path`, kind: 'text' },
  { name: 'status', read: sql`e.status`, kind: 'number' },
  { name: 'durationUs', read: sql`e.duration_us`, kind: 'number' },
  { name: 'targetType', read: sql`e.target_type`, kind: 'text' },
  { name: 'targetId', read: sql`e.target_id`, kind: 'text' },
  { name: 'targetLabel', read: sql`e.target_label`, kind: 'text' },
  { name: 'reason', read: sql`e.reason`, kind: 'text' },
  { name: 'requestId', read: sql`e.request_id`, kind: 'text' },
  { name: 'details', read: sql`e.details`, kind: 'json' },
  { name: 'recordedAt', read: isoTime(sql`e.recorded_at`), kind: 'plain' },
];

const eventRow = sql.join(
  EVENT_COLUMNS.map(({ name, read }) => sql`${read} as ${sql.identifier(name)}`),
  sql`, `,
);

/** A Postgres array literal of values that hold neither quotes nor commas: times and ids. */
function textArray(values: readonly string[]): string {
  return `{${values.join(',')}}`;
}

/** FROM clause of the rows `e` at these places (newest first), each with its number `n`. */
export function eventsAt(tenantId: string, places: readonly Position[]): SQL {
  const [newest, oldest] = [places.at(0)?.at ?? null, places.at(-1)?.at ?? null];
  return sql`unnest(${textArray(places.map(({ at }) => at))}::timestamptz[], ${textArray(places.map(({ id }) => id))}::uuid[])
      with ordinality as place(place_at, place_id, n)
    cross join lateral (
      select * from public.audit_event where tenant_id = ${tenantId}::uuid and at = place_at and id = place_id
        and at between ${oldest}::timestamptz and ${newest}::timestamptz
    ) as e`;
}

/** The events at these places, newest first. */
export async function readEvents(
  tx: ReadTx,
  tenantId: string,
  places: readonly Position[],
): Promise<AuditEventDto[]> {
  if (places.length === 0) return [];
  const rows = await tx.execute<{ [K in keyof AuditEventDto]: AuditEventDto[K] }>(
    sql`select ${eventRow} from ${eventsAt(tenantId, places)} order by n`,
  );
  return [...rows];
}
