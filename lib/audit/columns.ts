import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type { AuditEventDto } from './contract';
import type { Position } from './cursor';
import { isoTime } from './scan';

/** How each field of an event is read; the order is the order of columns in an export. */
export const EVENT_COLUMNS: { name: keyof AuditEventDto; read: SQL; isText: boolean }[] = [
  { name: 'at', read: isoTime(sql`e.at`), isText: false },
  { name: 'id', read: sql`e.id`, isText: false },
  { name: 'tenantId', read: sql`e.tenant_id`, isText: false },
  { name: 'category', read: sql`e.category`, isText: false },
  { name: 'action', read: sql`e.action`, isText: true },
  { name: 'outcome', read: sql`e.outcome`, isText: false },
  { name: 'code', read: sql`e.code`, isText: true },
  { name: 'actorType', read: sql`e.actor_type`, isText: false },
  { name: 'actorId', read: sql`e.actor_id`, isText: false },
  { name: 'actorLabel', read: sql`e.actor_label`, isText: true },
  { name: 'sessionId', read: sql`e.session_id`, isText: false },
  { name: 'keyId', read: sql`e.key_id`, isText: false },
  { name: 'keyVersionId', read: sql`e.key_version_id`, isText: false },
  { name: 'ip', read: sql`host(e.ip)`, isText: false },
  { name: 'userAgent', read: sql`e.user_agent`, isText: true },
  { name: 'method', read: sql`e.method`, isText: true },
  { name: 'host', read: sql`e.host`, isText: true },
  { name: 'path', read: sql`e.path`, isText: true },
  { name: 'status', read: sql`e.status`, isText: false },
  { name: 'durationUs', read: sql`e.duration_us`, isText: false },
  { name: 'targetType', read: sql`e.target_type`, isText: true },
  { name: 'targetId', read: sql`e.target_id`, isText: true },
  { name: 'targetLabel', read: sql`e.target_label`, isText: true },
  { name: 'reason', read: sql`e.reason`, isText: true },
  { name: 'requestId', read: sql`e.request_id`, isText: true },
  { name: 'details', read: sql`e.details`, isText: true },
  { name: 'recordedAt', read: isoTime(sql`e.recorded_at`), isText: false },
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
