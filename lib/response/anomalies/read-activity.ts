import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { type Activity, History, LocalClock, SOURCES } from './activity';

type Row = Omit<Activity, 'hourMs'> & { hourMs: number } & Record<string, unknown>;

const columns = sql`(extract(epoch from hour) * 1000)::float8 as "hourMs", actor, label, action, network, result, count`;
const moment = (ms: number) => sql`${new Date(ms).toISOString()}::timestamptz`;

/** The hours from one to another, the last one left out, in their order. */
export async function activityBetween(
  tx: ReadTx,
  tenantId: string,
  fromMs: number,
  toMs: number,
  rowsMax: number,
): Promise<Activity[]> {
  const rows = await tx.execute<Row>(sql`
    select * from (select ${columns} from activity_hour
      where tenant_id = ${tenantId}::uuid and hour >= ${moment(fromMs)} and hour < ${moment(toMs)}
      order by hour desc limit ${rowsMax}) newest
    order by "hourMs", actor, action, network, result`);
  return [...rows];
}

/** The history of the actors and networks in these rows, and of all sources, before an hour. */
export async function historyOf(
  tx: ReadTx,
  tenantId: string,
  rows: readonly Activity[],
  span: { fromMs: number; toMs: number; timeZone: string },
): Promise<History> {
  const { fromMs, toMs, timeZone } = span;
  const history = new History(new LocalClock(timeZone));
  const actors = JSON.stringify([...new Set(rows.map(({ actor }) => actor))]);
  const networks = JSON.stringify([...new Set(rows.map(({ network }) => network))]);
  const sources = JSON.stringify(Object.values(SOURCES).flat());
  const known = await tx.execute<Row>(sql`
    select ${columns} from activity_hour
    where tenant_id = ${tenantId}::uuid and hour >= ${moment(fromMs)} and hour < ${moment(toMs)} and (
      actor in (select jsonb_array_elements_text(${actors}::jsonb))
      or (result = 'bad_credential' and network in (select jsonb_array_elements_text(${networks}::jsonb))))
    order by hour`);
  const alive = await tx.execute<Row>(sql`
    select distinct on (hour, action) ${columns} from activity_hour
    where tenant_id = ${tenantId}::uuid and hour >= ${moment(fromMs)} and hour < ${moment(toMs)}
      and action in (select jsonb_array_elements_text(${sources}::jsonb))
    order by hour, action`);
  const seen = new Set(
    known.map((row) => `${row.hourMs} ${row.actor} ${row.action} ${row.network} ${row.result}`),
  );
  const rest = alive.filter(
    (row) => !seen.has(`${row.hourMs} ${row.actor} ${row.action} ${row.network} ${row.result}`),
  );
  for (const row of [...known, ...rest].sort((a, b) => a.hourMs - b.hourMs)) history.add(row);
  const [first] = await tx.execute<{ ms: number | null }>(sql`
    select (extract(epoch from min(hour)) * 1000)::float8 as ms from activity_hour where tenant_id = ${tenantId}::uuid`);
  history.firstMs = first?.ms ?? null;
  return history;
}
