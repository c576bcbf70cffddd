import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import {
  countActiveKeys,
  type KeyMilestones,
  keysHref,
  readKeyMilestones,
} from '@/lib/access/api-keys/facts';
import { EVENT_KINDS, type EventFilter } from '@/lib/platform/audit/event-kinds-contract';
import { countEvents, lastEventOf } from '@/lib/platform/audit/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS } from '@/lib/platform/core/clock';
import type { StandingDto } from '@/lib/platform/facts/contract';
import { readMemberMilestones } from '@/lib/platform/tenancy/facts';
import { type LinkedCount, type OverviewDto, SETUP_STEPS, type SetupStep } from './contract';
import { readStanding } from './facts';
import { probeParts } from './health';

/** The 24 hours up to now in whole milliseconds, as links name moments. */
async function lastDay(tx: ReadTx): Promise<{ from: string; to: string }> {
  const [now] = await tx.execute<{ ms: number }>(
    sql`select floor(extract(epoch from statement_timestamp()) * 1000)::float8 + 1 as ms`,
  );
  const toMs = now?.ms ?? Date.now();
  return { from: new Date(toMs - DAY_MS).toISOString(), to: new Date(toMs).toISOString() };
}

async function stepDates(
  tx: ReadTx,
  tenantId: string,
  keys: KeyMilestones,
): Promise<Record<SetupStep, string | null>> {
  const members = await readMemberMilestones(tx, tenantId);
  return {
    sign_in: members.firstAt,
    create_key: keys.firstCreatedAt,
    first_request: keys.firstUsedAt,
    rotate_key: keys.firstRotatedAt,
    second_operator: members.secondOperatorAt,
  };
}

/** Whether something is wrong, for what stands beside every screen. */
export async function getStanding(actor: Actor): Promise<StandingDto> {
  requirePermission(actor, 'keys:read');
  const probed = await probeParts();
  return readTenant(actor, (tx) => readStanding(tx, actor, probed));
}

/** What the first screen answers: is something wrong, since when, what to do; and the setup steps, computed from data. */
export async function getOverview(actor: Actor): Promise<OverviewDto> {
  requirePermission(actor, 'keys:read');
  const { tenantId } = actor;
  const probed = await probeParts();
  return readTenant(actor, async (tx) => {
    const range = await lastDay(tx);
    const keys = await readKeyMilestones(tx, tenantId);
    const dates = await stepDates(tx, tenantId, keys);
    const count = async (filter: EventFilter): Promise<LinkedCount> => {
      const { count, isCapped, href } = await countEvents(tx, tenantId, filter, range);
      return { count, capped: isCapped, href };
    };
    return {
      asOf: range.to,
      standing: await readStanding(tx, actor, probed),
      steps: SETUP_STEPS.map((step) => ({ step, doneAt: dates[step] })),
      decisions24h: {
        allowed: await count(EVENT_KINDS.allowed),
        refused: await count(EVENT_KINDS.denied),
        limited: await count({ ...EVENT_KINDS.denied, code: 'RATE_LIMITED' }),
        undecided: await count(EVENT_KINDS.undecided),
      },
      signInFailures24h: await count(EVENT_KINDS.failedSignIns),
      liveKeys: { count: await countActiveKeys(tx, tenantId), capped: false, href: keysHref('active') },
      lastDecisionAt: (await lastEventOf(tx, tenantId, EVENT_KINDS.allowed, range)) ?? keys.lastUsedAt,
    };
  });
}
