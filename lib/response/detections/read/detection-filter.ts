import { type SQL, sql } from 'drizzle-orm';
import type { DetectionFilter } from '@/lib/response/detections/view-contract';
import { type Conditions, holds, matches, moment, rankMatches, says, setCondition } from './conditions';
import type { Span } from './time-span';

/** Fields that the tally knows, and so its facets. */
export const TALLIED = ['severity', 'rule', 'kind', 'source', 'namespace', 'host', 'group'] as const;
/** Fields with an index of their own, the most selective first. */
const INDEXED = ['group', 'host', 'namespace', 'rule', 'severity'] as const;

/** Conditions on `detection d`, by field; those of the range are apart. */
export function detectionConditions(filter: DetectionFilter): Conditions {
  const conditions: Conditions = new Map();
  setCondition(
    conditions,
    'severity',
    rankMatches(sql`d.severity_rank`, filter.severity, filter['severity!']),
  );
  for (const field of ['rule', 'kind', 'source', 'host', 'namespace'] as const) {
    setCondition(conditions, field, matches(sql.raw(`d.${field}`), filter[field], filter[`${field}!`]));
  }
  setCondition(conditions, 'group', matches(sql`d.group_id::text`, undefined, filter['group!']));
  if (filter.group)
    conditions.set(
      'group',
      sql`d.group_id in (${sql.join(
        filter.group.map((id) => sql`${id}::uuid`),
        sql`, `,
      )})`,
    );
  setCondition(conditions, 'mark', holds(sql`d.marks`, filter.mark, filter['mark!']));
  if (filter.alert) conditions.set('alert', sql`d.alert_state = ${filter.alert}`);
  if (filter.expected)
    conditions.set('expected', sql`(d.exception is not null) = ${filter.expected}::boolean`);
  setCondition(
    conditions,
    'q',
    says(sql`concat_ws(E'\n', d.rule, d.output, d.host)`, filter.q, filter['q!']),
  );
  return conditions;
}

export function rangeCondition({ fromMs, toMs }: Span): SQL {
  const from = sql`d.received_at >= ${moment(fromMs)}`;
  return toMs === null ? from : sql`${from} and d.received_at < ${moment(toMs)}`;
}

/** The field whose index leads to the rows: only where its values are asked for, not left out. */
export function leadingField(filter: DetectionFilter): (typeof INDEXED)[number] | null {
  return INDEXED.find((field) => filter[field] !== undefined) ?? null;
}
