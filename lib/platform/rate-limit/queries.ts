import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import { EVENT_KINDS, type EventFilter, eventsHref } from '@/lib/platform/audit/event-kinds-contract';
import { eventsBetween } from '@/lib/platform/audit/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { consoleLimiter } from './console-limiter';
import type {
  ExplainedLimitsDto,
  ExplainLimitsInput,
  LimiterState,
  LimitViolationDto,
  RateLimitsDto,
} from './contract';
import { explainPolicy, ruleDto } from './explain';

/** Rows looked at, newest first (decision 5); with more in the hour, the screen says how far back it saw. */
const ROWS_MAX = 15_000;
const VIOLATIONS_SHOWN = 50;
const SUBJECTS_SHOWN = 10;

interface LimitedRow extends Record<string, unknown> {
  id: string;
  at: string;
  code: string | null;
  limit_name: string | null;
  shadowed: string[] | null;
  actor_label: string | null;
  key_id: string | null;
  ip: string | null;
  method: string | null;
  host: string | null;
  path: string | null;
}

interface LastHour {
  rows: LimitedRow[];
  /** The span that the rows are all of: the last hour, or what of it the newest rows reach. */
  range: { from: string; to: string };
  isCut: boolean;
}

/** The hour up to now in whole milliseconds, as links name moments; cut where it holds more rows than are looked at. */
async function rangeOf(tx: ReadTx, tenantId: string): Promise<Pick<LastHour, 'range' | 'isCut'>> {
  const [hour] = await tx.execute<{ toMs: number }>(sql`
    select floor(extract(epoch from statement_timestamp()) * 1000)::float8 + 1 as "toMs"`);
  const toMs = hour?.toMs ?? Date.now();
  const fromMs = toMs - HOUR_MS;
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  const [edge] = await tx.execute<{ ms: number }>(sql`
    select ceil(extract(epoch from at) * 1000)::float8 as ms from ${eventsBetween(tenantId, from, to)} e
    order by at desc, id desc offset ${ROWS_MAX}::integer limit 1`);
  return { range: { from: edge ? new Date(edge.ms).toISOString() : from, to }, isCut: edge !== undefined };
}

async function lastHour(actor: Actor): Promise<LastHour> {
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const { range, isCut } = await rangeOf(tx, tenantId);
    const rows = await tx.execute<LimitedRow>(sql`
      select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, code, details->>'limit' as limit_name,
        details->'shadowed' as shadowed, actor_label, key_id, host(ip) as ip, method, host, path
      from ${eventsBetween(tenantId, range.from, range.to)} e
      where code = 'RATE_LIMITED' or details ? 'shadowed' order by at desc, id desc`);
    return { rows: [...rows], range, isCut };
  });
}

function violationOf(row: LimitedRow): LimitViolationDto {
  const { id, at, actor_label, key_id, ip, method, host, path } = row;
  return { id, at, limit: row.limit_name, actor: actor_label, keyId: key_id, ip, method, host, path };
}

/** What tells apart who was refused: the key where there is one, else the address, else the name. */
function subjectOf({ key_id, ip, actor_label }: LimitedRow): { filter: EventFilter; label: string } {
  if (key_id) return { filter: { key: key_id }, label: actor_label ?? key_id };
  if (ip) return { filter: { key: 'none', ip }, label: ip };
  return actor_label
    ? { filter: { key: 'none', ip: 'none', caller: actor_label }, label: actor_label }
    : { filter: { key: 'none', ip: 'none' }, label: 'unknown' };
}

function topSubjects(refused: readonly LimitedRow[], range: LastHour['range']): RateLimitsDto['topSubjects'] {
  const bySubject = Map.groupBy(refused, (row) => JSON.stringify(subjectOf(row).filter));
  return [...bySubject.values()]
    .toSorted((a, b) => b.length - a.length)
    .slice(0, SUBJECTS_SHOWN)
    .flatMap((rows) => {
      const [newest] = rows;
      if (!newest) return [];
      const { filter, label } = subjectOf(newest);
      const href = eventsHref({ ...EVENT_KINDS.limited, ...filter }, range);
      return [{ label, href, limit: newest.limit_name, refused: rows.length, lastAt: newest.at }];
    });
}

function stateDto(state: LimiterState, fallbackShare: number): RateLimitsDto['state'] {
  const { policy } = state;
  return {
    store: state.store,
    since: new Date(state.sinceMs).toISOString(),
    storeError: state.storeError,
    fallbacks: state.fallbacks,
    fallbackShare,
    subjects: state.subjects,
    file: policy.file,
    sha256: policy.sha256,
    loadedAt: new Date(policy.loadedAtMs).toISOString(),
    problems: policy.problems.map(({ line, column, message }) => ({ line, column, message })),
  };
}

/** The limits in force, their store as this process sees it, and what they refused in the last hour. */
export async function getRateLimits(actor: Actor): Promise<RateLimitsDto> {
  requirePermission(actor, 'policies:read');
  const { policy } = consoleLimiter();
  const { rows, range, isCut } = await lastHour(actor);
  const refused = rows.filter(({ code }) => code === 'RATE_LIMITED');
  const shadowed = rows.filter((row) => row.shadowed !== null);
  const isOf = (rule: string, name: string | null) => name === rule || name?.startsWith(`${rule}/`) === true;
  return {
    asOf: new Date().toISOString(),
    state: stateDto(consoleLimiter().state, policy.fallbackShare),
    rules: policy.rules.map((rule) => ({
      ...ruleDto(rule),
      refused: refused.filter(({ limit_name }) => isOf(rule.rule.name, limit_name)).length,
      refusedHref: eventsHref({ deniedBy: rule.rule.name, access: 'show' }, range),
      shadowed: shadowed.filter((row) => row.shadowed?.some((name) => isOf(rule.rule.name, name))).length,
      shadowedHref: eventsHref({ shadowedBy: rule.rule.name, access: 'show' }, range),
    })),
    searchedTo: isCut ? range.from : null,
    refused: refused.length,
    refusedHref: eventsHref(EVENT_KINDS.limited, range),
    shadowed: shadowed.length,
    violations: refused.slice(0, VIOLATIONS_SHOWN).map(violationOf),
    topSubjects: topSubjects(refused, range),
  };
}

/** Which limits would apply to such a request, by the policy in force. */
export async function explainLimits(actor: Actor, input: ExplainLimitsInput): Promise<ExplainedLimitsDto> {
  requirePermission(actor, 'policies:read');
  const { policy } = consoleLimiter();
  return { file: policy.file, rules: explainPolicy(policy, input) };
}
