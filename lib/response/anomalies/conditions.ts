import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import { notify } from '@/lib/platform/notifications/notify';
import {
  type AnomalySeverity,
  CONDITION_TITLES,
  type ConditionWatch,
  type StandingCondition,
} from './contract';
import { muteOf, storable } from './raise';

/** Beyond so many that begin at once, one notice names the first of them and how many more there are. */
const TOLD_ONE_BY_ONE = 3;

interface Open extends Record<string, unknown> {
  id: string;
  subject: string;
}

interface Raised {
  id: string;
  condition: StandingCondition;
}

const factsOf = ({ observed, usual, href }: StandingCondition) =>
  JSON.stringify({ observed: storable(observed), usual: storable(usual), q: '', href });

async function goOn(tx: WriteTx, tenantId: string, id: string, condition: StandingCondition): Promise<void> {
  await tx.execute(sql`
    update anomaly set last_at = greatest(last_at, date_trunc('minute', now())), sentence = ${storable(condition.sentence)},
      facts = ${factsOf(condition)}::jsonb, severity = ${condition.severity}
    where tenant_id = ${tenantId}::uuid and id = ${id}::uuid`);
}

/** @returns the row, where nobody keeps this one quiet */
async function begin(
  tx: WriteTx,
  actor: JobActor,
  { key }: ConditionWatch,
  condition: StandingCondition,
): Promise<Raised | null> {
  const { tenantId } = actor;
  const subject = storable(condition.subject, 300);
  const muteId = await muteOf(tx, tenantId, key, subject);
  const id = newId();
  const since = new Date(condition.sinceMs).toISOString();
  const { severity } = condition;
  await tx.execute(sql`
    insert into anomaly (tenant_id, id, rule, subject, label, dedupe_key, severity, sentence, facts, count, first_at, last_at, mute_id)
    values (${tenantId}::uuid, ${id}::uuid, ${key}, ${subject}, ${storable(condition.label, 200)}, ${`${key} ${subject} ${id}`},
      ${severity}, ${storable(condition.sentence)}, ${factsOf(condition)}::jsonb, 1, ${since}::timestamptz, now(), ${muteId}::uuid)`);
  await recordAudit(tx, actor, {
    action: 'anomaly.raised',
    target: { type: 'anomaly', id, label: CONDITION_TITLES[key] },
    details: { rule: key, severity, sentence: storable(condition.sentence), isMuted: muteId !== null },
  });
  return muteId === null ? { id, condition } : null;
}

/** What is over ends by itself; what people said of it stays. */
async function end(tx: WriteTx, actor: JobActor, { key }: ConditionWatch, { id }: Open): Promise<void> {
  await tx.execute(sql`
    update anomaly set ended_at = now(), last_at = now(), version = version + 1,
      state = case state when 'open' then 'ended' else state end
    where tenant_id = ${actor.tenantId}::uuid and id = ${id}::uuid`);
  await recordAudit(tx, actor, {
    action: 'anomaly.ended',
    target: { type: 'anomaly', id, label: CONDITION_TITLES[key] },
    details: { rule: key },
  });
}

const RANKS: readonly AnomalySeverity[] = ['critical', 'high', 'medium', 'low'];

async function tell(tx: WriteTx, tenantId: string, watch: ConditionWatch, raised: Raised[]): Promise<void> {
  const worst = [...raised].sort(
    (a, b) => RANKS.indexOf(a.condition.severity) - RANKS.indexOf(b.condition.severity),
  );
  const isMany = worst.length > TOLD_ONE_BY_ONE;
  for (const { id, condition } of isMany ? worst.slice(0, 1) : worst) {
    const more = isMany ? ` ${worst.length - 1} more began at the same time.` : '';
    await notify(tx, {
      tenantId,
      type: 'anomaly.raised',
      subject: { type: 'anomaly', id, label: CONDITION_TITLES[watch.key] },
      dedupeKey: `anomaly ${id}`,
      data: {
        rule: CONDITION_TITLES[watch.key],
        severity: condition.severity,
        sentence: `${storable(condition.sentence, 400)}${more}`,
        at: new Date(Math.floor(condition.sinceMs / HOUR_MS) * HOUR_MS).toISOString(),
      },
    });
  }
}

/**
 * Keeps the anomalies of one kind of state in step with it: each is raised when it begins, said anew while it lasts, and
 * ended when it is over. What could not be read ends nothing.
 */
export async function followConditions(actor: JobActor, watch: ConditionWatch): Promise<void> {
  requirePermission(actor, 'policies:write');
  const { tenantId } = actor;
  const standing = new Map((await watch.standing(actor)).map((one) => [storable(one.subject, 300), one]));
  await inTenant(actor, async (tx) => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`conditions ${tenantId} ${watch.key}`}, 0))`,
    );
    const open = await tx.execute<Open>(sql`
      select id, subject from anomaly where tenant_id = ${tenantId}::uuid and rule = ${watch.key} and ended_at is null`);
    for (const one of open) {
      const condition = standing.get(one.subject);
      if (condition) await goOn(tx, tenantId, one.id, condition);
      else await end(tx, actor, watch, one);
    }
    const known = new Set(open.map(({ subject }) => subject));
    const raised: Raised[] = [];
    for (const [subject, condition] of standing) {
      const one = known.has(subject) ? null : await begin(tx, actor, watch, condition);
      if (one) raised.push(one);
    }
    await tell(tx, tenantId, watch, raised);
  });
}

/** What the worker repeats for states that other rooms watch. */
export function conditionJob(watches: readonly ConditionWatch[]): TenantJob {
  return {
    name: 'follow conditions',
    everyMs: MINUTE_MS,
    run: async (actor) => {
      for (const watch of watches) await followConditions(actor, watch);
    },
  };
}
