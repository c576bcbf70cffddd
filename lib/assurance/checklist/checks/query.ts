import { type SQL, sql } from 'drizzle-orm';
import { activeKeys } from '@/lib/access/api-keys/facts';
import { fieldTypeOf, type QueryCondition, type QuerySource } from '@/lib/assurance/checklist/check-kinds';
import { OBSERVATIONS_MAX, type Observation } from '@/lib/assurance/checklist/contract';
import { eventsOf } from '@/lib/platform/audit/facts';
import { parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import { type RunCheck, seen } from './check';

interface Source {
  /** What stands behind `from`, named `r`, with its own condition. */
  from: (tenantId: string) => SQL;
  id: SQL;
  name: SQL;
  href: (id: string) => string;
  fields: Record<string, SQL>;
}

const AUDIT_DAYS = 92;

/** Every field by its column: nothing of the file is ever part of a statement's text. Durations are intervals. */
const SOURCES: Record<QuerySource, Source> = {
  keys: {
    from: (tenantId) => sql`${activeKeys(tenantId)} r where true`,
    id: sql`r.id`,
    name: sql`r.name`,
    href: (id) => `/keys/${id}`,
    fields: {
      name: sql`r.name`,
      environment: sql`r.environment`,
      scopes: sql`r.scopes`,
      tags: sql`r.tags`,
      age: sql`now() - r.created_at`,
      expires_in: sql`r.expires_at - now()`,
      never_expires: sql`r.expires_at is null`,
      has_owner: sql`r.owner_user_id is not null`,
      has_networks: sql`cardinality(r.allowed_cidrs) > 0`,
      has_limits: sql`jsonb_array_length(r.rate_limits) > 0`,
    },
  },
  members: {
    from: (tenantId) =>
      sql`identity.membership r join identity.user_account u on u.id = r.user_id where r.tenant_id = ${tenantId}::uuid`,
    id: sql`r.user_id`,
    name: sql`u.display_name`,
    href: () => '/settings/members',
    fields: {
      name: sql`u.display_name`,
      role: sql`r.role`,
      age: sql`now() - r.created_at`,
      is_disabled: sql`r.disabled_at is not null`,
      last_sign_in: sql`now() - coalesce(u.last_sign_in_at, r.created_at)`,
    },
  },
  audit_events: {
    from: (tenantId) =>
      sql`${eventsOf(tenantId, sql`at > now() - ${sql.raw(`interval '${AUDIT_DAYS} days'`)}`)} r where true`,
    id: sql`r.id`,
    name: sql`concat_ws(' ', r.action, r.actor_label)`,
    href: (id) => `/audit?${new URLSearchParams({ open: id })}`,
    fields: {
      action: sql`r.action`,
      category: sql`r.category`,
      outcome: sql`r.outcome`,
      code: sql`r.code`,
      actor: sql`r.actor_label`,
      age: sql`now() - r.at`,
    },
  },
};

function conditionSql(source: QuerySource, { field, op, value }: QueryCondition): SQL {
  const column = SOURCES[source].fields[field];
  if (!column) throw new Error(`${source} has no field ${field}`);
  const type = fieldTypeOf(source, field);
  if (type === 'duration') {
    const seconds = (parseDuration(String(value)) ?? 0) / SECOND_MS;
    const interval = sql`make_interval(secs => ${seconds}::float8)`;
    return op === 'more_than' ? sql`(${column}) > ${interval}` : sql`(${column}) < ${interval}`;
  }
  if (type === 'list') return sql`${String(value)}::text = any(${column})`;
  if (type === 'boolean') return sql`(${column}) = ${value}::boolean`;
  if (op === 'contains') return sql`position(${String(value)}::text in coalesce(${column}, '')) > 0`;
  return op === 'is'
    ? sql`${column} = ${String(value)}::text`
    : sql`${column} is distinct from ${String(value)}::text`;
}

/** How many of this Bulwark's own rows fit the conditions, against how many may or must. */
export const checkQuery: RunCheck<'query'> = async ({ tenantId, parameters, read }) => {
  const { from, where, expect } = parameters;
  const source = SOURCES[from];
  const filter = sql.join([sql`true`, ...where.map((one) => conditionSql(from, one))], sql` and `);
  const rows = await read((tx) =>
    tx.execute<{ id: string; name: string; total: number }>(sql`
      select ${source.id} as id, ${source.name} as name, count(*) over ()::int as total
      from ${source.from(tenantId)} and ${filter} order by ${source.id} desc limit ${OBSERVATIONS_MAX}`),
  );
  const total = rows[0]?.total ?? 0;
  const isTooMany = expect.atMost !== undefined && total > expect.atMost;
  const isTooFew = expect.atLeast !== undefined && total < expect.atLeast;
  const noun = from.replace('_', ' ');
  const bounds = [
    expect.atLeast === undefined ? [] : [`at least ${expect.atLeast}`],
    expect.atMost === undefined ? [] : [`at most ${expect.atMost}`],
  ].flat();
  const summary = `${total} ${noun} match; expected ${bounds.join(' and ')}.`;
  const observations: Observation[] = isTooMany
    ? rows.map((row) => seen(row.name, 'fail', 'fits the conditions', source.href(row.id)))
    : [seen(noun, isTooFew ? 'fail' : 'pass', summary)];
  return {
    outcome: isTooMany || isTooFew ? 'fail' : 'pass',
    summary,
    observations,
    scopeExpected: 1,
    scopeCovered: 1,
    ...(isTooMany ? { failingTotal: total } : {}),
    facts: { total },
  };
};
