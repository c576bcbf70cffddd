import { and, desc, eq, gt, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { anomaly, anomalyMute } from '@/db/schema/anomalies';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { anomalyDtoOf, missing } from './anomaly-dto';
import {
  type AnomalyDto,
  type AnomalyMuteDto,
  type AnomalyMuteListDto,
  type AnomalyPageDto,
  isRuleKey,
  type ListAnomaliesInput,
  listAnomaliesInput,
  type RuleKey,
  type RuleListDto,
} from './contract';
import { ruleDtoOf, ruleStates } from './rule-store';

export const isAnomalyId = isId;

/** @throws AppError `not_found` */
export function ruleOf(key: string): RuleKey {
  if (isRuleKey(key)) return key;
  throw new AppError('not_found', 'Rule not found.');
}

/** Days of the record that rules can look back to. */
export async function historyDaysOf(tx: ReadTx, tenantId: string): Promise<number> {
  const [row] = await tx.execute<{ days: number | null }>(sql`
    select extract(epoch from now() - min(hour))::float8 / 86400 as days from activity_hour where tenant_id = ${tenantId}::uuid`);
  return row?.days ?? 0;
}

const place = sql<string>`to_char(${anomaly.raisedAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

type Asked = Omit<z.output<typeof listAnomaliesInput>, 'cursor' | 'limit'>;

function conditionsOf(tenantId: string, { state, rule, muted, month, from, to }: Asked): SQL[] {
  const where: SQL[] = [eq(anomaly.tenantId, tenantId)];
  if (state === 'judged') where.push(isNotNull(anomaly.triagedAt));
  else if (state !== 'any') where.push(eq(anomaly.state, state));
  if (rule) where.push(eq(anomaly.rule, rule));
  if (muted !== 'show') where.push(muted === 'hide' ? isNull(anomaly.muteId) : isNotNull(anomaly.muteId));
  if (from) where.push(sql`${anomaly.raisedAt} >= ${from}::timestamptz`);
  if (to) where.push(sql`${anomaly.raisedAt} < ${to}::timestamptz`);
  if (month) {
    const zone = sql`(select time_zone from identity.tenant where id = ${tenantId}::uuid)`;
    const first = sql`${`${month}-01`}::timestamp`;
    where.push(sql`${anomaly.raisedAt} >= ${first} at time zone ${zone}
      and ${anomaly.raisedAt} < (${first} + interval '1 month') at time zone ${zone}`);
  }
  return where;
}

/** Anomalies, the newest first; open ones unless it says otherwise. */
export async function listAnomalies(actor: Actor, input: ListAnomaliesInput = {}): Promise<AnomalyPageDto> {
  requirePermission(actor, 'audit:read');
  const { cursor, limit, ...asked } = listAnomaliesInput.parse(input);
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  const where = conditionsOf(actor.tenantId, asked);
  if (after)
    where.push(sql`(${anomaly.raisedAt}, ${anomaly.id}) < (${after.at}::timestamptz, ${after.id}::uuid)`);
  return readTenant(actor, async (tx) => {
    const rows = await tx
      .select({ row: anomaly, place })
      .from(anomaly)
      .where(and(...where))
      .orderBy(desc(anomaly.raisedAt), desc(anomaly.id))
      .limit(limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(({ row }) => anomalyDtoOf(row)),
      nextCursor: last ? encodeCursor({ at: last.place, id: last.row.id }) : null,
    };
  });
}

/** @throws AppError `not_found` */
export async function getAnomaly(actor: Actor, id: string): Promise<AnomalyDto> {
  requirePermission(actor, 'audit:read');
  if (!isId(id)) throw missing();
  return readTenant(actor, async (tx) => {
    const [row] = await tx
      .select()
      .from(anomaly)
      .where(and(eq(anomaly.tenantId, actor.tenantId), eq(anomaly.id, id)));
    if (!row) throw missing();
    return anomalyDtoOf(row);
  });
}

/** Every rule as this tenant has it, with its last replay. */
export async function listRules(actor: Actor): Promise<RuleListDto> {
  requirePermission(actor, 'audit:read');
  return readTenant(actor, async (tx) => {
    const days = await historyDaysOf(tx, actor.tenantId);
    const states = await ruleStates(tx, actor.tenantId);
    return {
      items: [...states.values()].map((state) => ruleDtoOf(state, days, Date.now())),
      nextCursor: null,
    };
  });
}

export function muteDtoOf(row: typeof anomalyMute.$inferSelect): AnomalyMuteDto {
  const { id, rule, subject, reason, until, mutedBy, createdAt } = row;
  return {
    id,
    rule,
    subject,
    reason,
    until: until.toISOString(),
    mutedBy,
    createdAt: createdAt.toISOString(),
  };
}

/** The mutes in force. */
export async function listMutes(actor: Actor): Promise<AnomalyMuteListDto> {
  requirePermission(actor, 'audit:read');
  return readTenant(actor, async (tx) => {
    const rows = await tx
      .select()
      .from(anomalyMute)
      .where(
        and(
          eq(anomalyMute.tenantId, actor.tenantId),
          isNull(anomalyMute.endedAt),
          gt(anomalyMute.until, sql`now()`),
        ),
      )
      .orderBy(desc(anomalyMute.createdAt));
    return { items: rows.map(muteDtoOf), nextCursor: null };
  });
}
