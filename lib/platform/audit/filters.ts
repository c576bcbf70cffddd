import { type SQL, sql } from 'drizzle-orm';
import type { Actor } from '@/lib/platform/auth/contract';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import {
  AUDIT_FILTER_FIELDS,
  type AuditAction,
  type AuditFilter,
  type AuditFilterField,
  auditFilterInput,
  type EventIs,
  SYNTHETIC_ACTIONS,
} from './contract';
import type { Position } from './cursor';
import { EVENT_KINDS, EVENTS_THAT_ARE } from './event-kinds-contract';
import { resolveRange, type TimeRange } from './rules';

/** Which index leads to the rows: the primary key, one of the two partial ones, or the bloom summaries. */
export type AccessPath = 'all' | 'signal' | 'refused' | 'lookup';

/** What a reading of the log examines; every query of this room starts from it. */
export interface AuditPlan extends TimeRange {
  tenantId: string;
  path: AccessPath;
  /** Condition for each filter in use, on the columns of audit_event. */
  conditions: Map<AuditFilterField | 'q' | 'access' | 'synthetic' | 'is', SQL>;
}

/**
 * Traffic; their category is `decision` or `access`: nearly all rows. The rest is indexed by exactly this condition
 * (drizzle: audit_event_signal_idx), which the planner only recognizes with the values in its text.
 */
const BULK_ACTIONS: readonly AuditAction[] = ['gate.verify', 'gate.authorize', 'api.request', 'console.view'];
export const IS_SIGNAL = `action not in (${BULK_ACTIONS.map((action) => `'${action}'`).join(', ')})`;
const isBulk = (action: string) => BULK_ACTIONS.some((bulk) => bulk === action);
const BULK_CATEGORIES = ['decision', 'access'];
const LOOKUP_VALUES_MAX = 3;

/** The texts of a row that a search looks through. */
const SEARCHED = sql`concat_ws(E'\n', action, actor_label, target_label, target_id, path, code, request_id, host(ip))`;

/** Names are compared, and counted, as far as this. */
const LABEL_LENGTH_MAX = 200;
/** Where a request went: the gate's route, else its path. */
export const PLACE = sql`case target_type when 'route' then target_id else path end`;

/**
 * A use of a version of a key, by the columns of `audit_event`: a request made with it, or one in which the service that has it asked
 * the gate about a credential. Each event is one use of a version, however often it names it.
 */
export const isUseOf = (versionId: SQL): SQL =>
  sql`((key_version_id = ${versionId} and category in ('decision', 'access'))
    or (action = 'gate.verify' and target_type = 'key_version' and target_id = ${versionId}::text))`;

/** `login` is also each of its windows, `login/1m`. */
const isLimit = (name: SQL, value: string): SQL =>
  sql`(${name} = ${value}::text or starts_with(${name}, ${`${value}/`}::text))`;

function holdsText(text: string): SQL {
  return sql`strpos(lower(${SEARCHED}), lower(${text}::text)) > 0`;
}

function statusCondition(value: string): SQL {
  if (!value.endsWith('xx')) return sql`status = ${Number(value)}::smallint`;
  const first = Number(value[0]) * 100;
  return sql`status between ${first}::smallint and ${first + 99}::smallint`;
}

function conditionOf(field: AuditFilterField, value: string): SQL {
  switch (field) {
    case 'actor':
      if (value === 'none') return sql`actor_id is null`;
      return isId(value) ? sql`actor_id = ${value}::uuid` : sql`lower(actor_label) = lower(${value}::text)`;
    case 'action':
      return sql`action = ${value}::text`;
    case 'category':
      return sql`category = ${value}::text`;
    case 'outcome':
      return sql`outcome = ${value}::text`;
    case 'code':
      return value === 'none' ? sql`code is null` : sql`code = ${value}::text`;
    case 'ip':
      if (value === 'none') return sql`ip is null`;
      return value.includes('/') ? sql`ip <<= ${value}::inet` : sql`ip = ${value}::inet`;
    case 'key':
      return value === 'none' ? sql`key_id is null` : sql`key_id = ${value}::uuid`;
    case 'target':
      return isId(value)
        ? sql`target_id = ${value}::text`
        : sql`(target_id = ${value}::text or lower(target_label) = lower(${value}::text))`;
    case 'method':
      return sql`method = ${value.toUpperCase()}::text`;
    case 'path':
      return sql`starts_with(path, ${value}::text)`;
    case 'status':
      return statusCondition(value);
    case 'request':
      return sql`request_id = ${value}::text`;
    case 'deniedBy':
      return sql`(code = 'RATE_LIMITED' and ${isLimit(sql`details->>'limit'`, value)})`;
    case 'shadowedBy':
      return sql`exists (select from jsonb_array_elements_text(case when jsonb_typeof(details->'shadowed') = 'array'
        then details->'shadowed' else '[]' end) as limit_name where ${isLimit(sql`limit_name`, value)})`;
    case 'version':
      return isUseOf(sql`${value}::uuid`);
    case 'caller':
      return sql`left(actor_label, ${LABEL_LENGTH_MAX}::integer) = ${value}::text`;
    case 'place':
      return sql`left(${PLACE}, ${LABEL_LENGTH_MAX}::integer) = ${value}::text`;
  }
}

function anyOf(field: AuditFilterField, values: readonly string[]): SQL {
  return sql`(${sql.join(
    values.map((value) => conditionOf(field, value)),
    sql` or `,
  )})`;
}

/** What happened without Bulwark's own doing: every count, chart and notification is of this. */
export const isReal = (action: SQL): SQL =>
  sql`${action} not in (${sql.raw(SYNTHETIC_ACTIONS.map((name) => `'${name}'`).join(', '))})`;

/** The condition of a filter on the columns of `audit_event`, but for its range. */
export function eventIs(filter: AuditFilter): SQL {
  const parts = [...conditionsOf(filter).values()];
  return parts.length === 0 ? sql`true` : sql`(${sql.join(parts, sql` and `)})`;
}

function conditionsOf(filter: AuditFilter): AuditPlan['conditions'] {
  const conditions: AuditPlan['conditions'] = new Map();
  for (const field of AUDIT_FILTER_FIELDS) {
    const [wanted, unwanted] = [filter[field], filter[`${field}!`]];
    const parts = [
      ...(wanted ? [anyOf(field, wanted)] : []),
      ...(unwanted ? [sql`${anyOf(field, unwanted)} is not true`] : []),
    ];
    if (parts.length > 0) conditions.set(field, sql.join(parts, sql` and `));
  }
  const searches = [
    ...(filter.q ?? []).map((text) => holdsText(text)),
    ...(filter['q!'] ?? []).map((text) => sql`not ${holdsText(text)}`),
  ];
  if (searches.length > 0) conditions.set('q', sql.join(searches, sql` and `));
  if (hidesAccess(filter)) conditions.set('access', sql`category <> 'access'`);
  if (filter.is) conditions.set('is', eventsThatAre(filter.is));
  if (hidesSynthetic(filter)) conditions.set('synthetic', isReal(sql`action`));
  return conditions;
}

/** Any of several kinds of events. */
function eventsThatAre(is: EventIs): SQL {
  const kinds = EVENTS_THAT_ARE[is].map((name) => eventIs(auditFilterInput.parse(EVENT_KINDS[name])));
  return sql`(${sql.join(kinds, sql` or `)})`;
}

function hidesSynthetic(filter: AuditFilter): boolean {
  return filter.synthetic === 'hide' && !filter.action && !filter.request;
}

function hidesAccess(filter: AuditFilter): boolean {
  return filter.access === 'hide' && !filter.category && !filter.action && !filter.request;
}

function pathOf(filter: AuditFilter): AccessPath {
  if (filter.action?.every((action) => !isBulk(action))) return 'signal';
  if (filter.category?.every((category) => !BULK_CATEGORIES.includes(category))) return 'signal';
  if (filter.outcome?.every((outcome) => outcome !== 'success')) return 'refused';
  if (filter['outcome!']?.includes('success')) return 'refused';
  const lookups = [
    filter.key?.every(isId) ? filter.key : undefined,
    filter.actor?.every(isId) ? filter.actor : undefined,
    filter.target?.every(isId) ? filter.target : undefined,
    filter.ip?.every((ip) => !ip.includes('/') && ip !== 'none') ? filter.ip : undefined,
  ];
  return lookups.some((values) => values && values.length <= LOOKUP_VALUES_MAX) ? 'lookup' : 'all';
}

/** Request ids are UUIDs of version 7, so they tell when the request began; an export may end a day later. */
function narrowToRequest(range: TimeRange, requests: readonly string[] | undefined): TimeRange {
  const [request, ...others] = requests ?? [];
  if (request === undefined || others.length > 0 || !isTimeOrderedId(request)) return range;
  const beganMs = timeOfId(request);
  return {
    fromMs: Math.max(range.fromMs, beganMs - 5 * MINUTE_MS),
    toMs: Math.min(range.toMs, beganMs + DAY_MS + HOUR_MS),
  };
}

export function isTimeOrderedId(id: string): boolean {
  return isId(id) && id[14] === '7';
}

/** When a UUID of version 7 was made, in Unix milliseconds. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** @throws AppError `bad_request` where the time range cannot be used */
export function planOf({ tenantId }: Pick<Actor, 'tenantId'>, filter: AuditFilter, nowMs: number): AuditPlan {
  const range = resolveRange(filter, nowMs);
  if ('problem' in range) throw new AppError('bad_request', range.problem);
  return {
    ...narrowToRequest(range, filter.request),
    tenantId,
    path: pathOf(filter),
    conditions: conditionsOf(filter),
  };
}

/** What a filter on a field asks for as well: see `hidesAccess` and `hidesSynthetic`. */
const LIFTED_BY: Partial<Record<AuditFilterField, readonly string[]>> = {
  category: ['access'],
  action: ['access', 'synthetic'],
  request: ['access', 'synthetic'],
};

/** Whether another value of a field would show rows that the plan's conditions leave out. */
export const isNarrowedBy = (plan: AuditPlan, field: AuditFilterField): boolean =>
  [...plan.conditions.keys()].some((name) => name === field || LIFTED_BY[field]?.includes(name));

/** All conditions of a plan but those of one field, and what a filter on it would lift; `true` where none is left. */
export function matchesOf(plan: AuditPlan, except?: AuditFilterField): SQL {
  const left = except === undefined ? [] : [except, ...(LIFTED_BY[except] ?? [])];
  const parts = [...plan.conditions]
    .filter(([name]) => !left.includes(name))
    .map(([, condition]) => condition);
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `);
}

/** What comes after a place in the order newest first: what is older. */
export function olderThan({ at, id }: Position): SQL {
  return sql`at <= ${at}::timestamptz and (at, id) < (${at}::timestamptz, ${id}::uuid)`;
}

/** A part of a plan's range: from `fromMs`, and older than `after`. */
export interface Span {
  fromMs?: number;
  after?: Position | null;
}

/**
 * One bound at each end: beside a row comparison, a second upper bound makes Postgres 18 begin its backward scan at the
 * newest row of all (20 times the time at the tenth day).
 */
function boundsOf(plan: AuditPlan, { fromMs = plan.fromMs, after }: Span): SQL {
  const from = sql`at >= ${new Date(Math.max(fromMs, plan.fromMs)).toISOString()}::timestamptz`;
  if (after && Date.parse(after.at) < plan.toMs) return sql`${from} and ${olderThan(after)}`;
  return sql`${from} and at < ${new Date(plan.toMs).toISOString()}::timestamptz`;
}

/** Rows of the tenant in the range, with the condition that lets the planner take the plan's partial index. */
export function scopeOf(plan: AuditPlan, span: Span = {}): SQL {
  const inRange = sql`tenant_id = ${plan.tenantId}::uuid and ${boundsOf(plan, span)}`;
  switch (plan.path) {
    case 'signal':
      return sql`${inRange} and ${sql.raw(IS_SIGNAL)}`;
    case 'refused':
      return sql`${inRange} and outcome <> 'success'`;
    case 'all':
    case 'lookup':
      return inRange;
  }
}
