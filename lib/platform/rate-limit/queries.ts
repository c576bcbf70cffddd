import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
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
  searchedTo: string | null;
}

async function lastHour(actor: Actor): Promise<LastHour> {
  return readTenant(actor, async (tx) => {
    const rows = await tx.execute<LimitedRow>(sql`
      select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, code, details->>'limit' as limit_name,
        details->'shadowed' as shadowed, actor_label, key_id, host(ip) as ip, method, host, path from (
        select * from audit_event where tenant_id = ${actor.tenantId}::uuid and at > now() - interval '1 hour'
        order by at desc, id desc limit ${ROWS_MAX}::integer) as newest
      where code = 'RATE_LIMITED' or details ? 'shadowed'`);
    const [edge] = await tx.execute<{ at: string }>(sql`
      select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from audit_event
      where tenant_id = ${actor.tenantId}::uuid and at > now() - interval '1 hour'
      order by at desc, id desc offset ${ROWS_MAX}::integer limit 1`);
    return { rows: [...rows], searchedTo: edge?.at ?? null };
  });
}

function violationOf(row: LimitedRow): LimitViolationDto {
  const { id, at, actor_label, key_id, ip, method, host, path } = row;
  return { id, at, limit: row.limit_name, actor: actor_label, keyId: key_id, ip, method, host, path };
}

/** Who was refused most: the key where there is one, else the address. */
function topSubjects(refused: readonly LimitedRow[]): RateLimitsDto['topSubjects'] {
  const bySubject = Map.groupBy(refused, (row) => row.key_id ?? row.ip ?? row.actor_label ?? 'unknown');
  return [...bySubject.values()]
    .toSorted((a, b) => b.length - a.length)
    .slice(0, SUBJECTS_SHOWN)
    .flatMap((rows) => {
      const [newest] = rows;
      if (!newest) return [];
      const label = newest.key_id
        ? (newest.actor_label ?? newest.key_id)
        : (newest.ip ?? newest.actor_label ?? 'unknown');
      const filter = newest.key_id ? `key:${newest.key_id}` : newest.ip ? `ip:${newest.ip}` : '';
      return [{ label, filter, limit: newest.limit_name, refused: rows.length, lastAt: newest.at }];
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
  const { rows, searchedTo } = await lastHour(actor);
  const refused = rows.filter(({ code }) => code === 'RATE_LIMITED');
  const shadowed = rows.flatMap((row) => row.shadowed ?? []);
  const isOf = (rule: string, name: string | null) => name === rule || name?.startsWith(`${rule}/`) === true;
  return {
    asOf: new Date().toISOString(),
    state: stateDto(consoleLimiter().state, policy.fallbackShare),
    rules: policy.rules.map((rule) => ({
      ...ruleDto(rule),
      refused: refused.filter(({ limit_name }) => isOf(rule.rule.name, limit_name)).length,
      shadowed: shadowed.filter((name) => isOf(rule.rule.name, name)).length,
    })),
    searchedTo,
    refused: refused.length,
    shadowed: rows.filter((row) => row.shadowed !== null).length,
    violations: refused.slice(0, VIOLATIONS_SHOWN).map(violationOf),
    topSubjects: topSubjects(refused),
  };
}

/** Which limits would apply to such a request, by the policy in force. */
export async function explainLimits(actor: Actor, input: ExplainLimitsInput): Promise<ExplainedLimitsDto> {
  requirePermission(actor, 'policies:read');
  const { policy } = consoleLimiter();
  return { file: policy.file, rules: explainPolicy(policy, input) };
}
