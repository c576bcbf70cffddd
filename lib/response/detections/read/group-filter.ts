import { sql } from 'drizzle-orm';
import { parseTime } from '@/lib/platform/audit/rules';
import { AppError } from '@/lib/platform/core/errors';
import type { GroupState } from '@/lib/response/detections/contract';
import type { GroupFilter } from '@/lib/response/detections/view-contract';
import { type Conditions, holds, matches, moment, rankMatches, says, setCondition } from './conditions';

const DEFAULT_STATES: readonly GroupState[] = ['open', 'acknowledged'];

/** Of a group: it goes on. `g` is the table's name in the statement. */
const isActive = (idleMs: number) => sql`case g.kind
  when 'alertmanager' then g.resolved_at is null and (g.firing > 0 or g.truncated > 0)
  else g.last_received_at >= now() - make_interval(secs => ${idleMs / 1000}::float8) end`;

function statesOf({ state, 'state!': unwanted }: GroupFilter): readonly string[] | undefined {
  if (state?.includes('any')) return undefined;
  return state ?? (unwanted ? undefined : DEFAULT_STATES);
}

/** Groups that name an entity, such as `address:203.0.113.7`. */
function namesEntity(tenantId: string, asked: readonly string[]) {
  const parts = asked.map((text) => {
    const at = text.indexOf(':');
    if (at < 1)
      throw new AppError('bad_request', 'Enter an entity with its type, such as address:203.0.113.7.');
    return sql`(e.type = ${text.slice(0, at)}::text and e.value = ${text.slice(at + 1)}::text)`;
  });
  return sql`g.id in (select e.group_id from detection_entity e where e.tenant_id = ${tenantId}::uuid and (${sql.join(parts, sql` or `)}))`;
}

function timeConditions(
  conditions: Conditions,
  { from, to, updatedSince }: GroupFilter,
  nowMs: number,
): void {
  const fromMs = from === undefined ? null : parseTime(from, nowMs, 'from');
  const toMs = to === undefined || to === 'now' ? null : parseTime(to, nowMs, 'to');
  if (fromMs !== null && toMs !== null && fromMs >= toMs)
    throw new AppError('bad_request', '"from" must be before "to".');
  if (fromMs !== null) conditions.set('from', sql`g.last_received_at >= ${moment(fromMs)}`);
  if (toMs !== null) conditions.set('to', sql`g.first_received_at < ${moment(toMs)}`);
  if (updatedSince !== undefined)
    conditions.set('updatedSince', sql`g.updated_at >= ${updatedSince}::timestamptz`);
}

/** Conditions on `detection_group g`, by field. */
export function groupConditions(
  tenantId: string,
  filter: GroupFilter,
  nowMs: number,
  idleMs: number,
): Conditions {
  const conditions: Conditions = new Map([['tenant', sql`g.tenant_id = ${tenantId}::uuid`]]);
  timeConditions(conditions, filter, nowMs);
  setCondition(conditions, 'state', matches(sql`g.state`, statesOf(filter), filter['state!']));
  setCondition(
    conditions,
    'severity',
    rankMatches(sql`g.severity_rank`, filter.severity, filter['severity!']),
  );
  for (const field of ['rule', 'kind', 'source', 'namespace'] as const) {
    setCondition(conditions, field, matches(sql.raw(`g.${field}`), filter[field], filter[`${field}!`]));
  }
  setCondition(conditions, 'host', holds(sql`g.hosts`, filter.host, filter['host!']));
  setCondition(conditions, 'technique', holds(sql`g.techniques`, filter.technique, filter['technique!']));
  if (filter.active) conditions.set('active', sql`(${isActive(idleMs)}) = ${filter.active}::boolean`);
  if (filter.entity) conditions.set('entity', namesEntity(tenantId, filter.entity));
  setCondition(
    conditions,
    'q',
    says(sql`concat_ws(E'\n', g.rule, g.scope, g.output)`, filter.q, filter['q!']),
  );
  return conditions;
}
