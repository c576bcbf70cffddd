import { sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { DAY_MS } from '@/lib/platform/core/clock';
import type { DetectionKind } from '@/lib/response/detections/contract';
import {
  type ExceptionFields,
  type ExceptionReplayDto,
  REPLAY_DAYS,
} from '@/lib/response/detections/exception-contract';
import { hasFields } from '@/lib/response/detections/judge/exceptions';
import {
  isJsonObject,
  type JsonObject,
  memberOf,
  parseLossless,
} from '@/lib/response/detections/parse/lossless-json';

export interface ReplayedException {
  kind: DetectionKind;
  rule: string;
  fields: ExceptionFields;
}

interface Row extends Record<string, unknown> {
  id: string;
  groupId: string;
  raw: string;
  weight: number;
  at: string;
  /** An exception covered it when it came. */
  isCovered: boolean;
}

const PAGE = 2_000;
const COMPARED_MAX = 20_000;
const GROUPS_SHOWN = 10;

/** What a detection's exception compares: output fields, or labels. */
export function comparedValues(kind: DetectionKind, raw: string): JsonObject {
  const parsed = parseLossless(raw);
  const values = isJsonObject(parsed)
    ? memberOf(parsed, kind === 'falco' ? 'output_fields' : 'labels')
    : undefined;
  return isJsonObject(values) ? values : {};
}

/** Goes through the kept detections of a rule, the newest first, and hands over those that the exception covers. */
export async function eachCovered(
  tx: ReadTx,
  tenantId: string,
  { kind, rule, fields }: ReplayedException,
  sinceDays: number,
  take: (row: Row) => void,
): Promise<{ compared: number; isCut: boolean; isSampled: boolean }> {
  let compared = 0;
  let isSampled = false;
  let after: Row | undefined;
  for (;;) {
    const rows: Row[] = await tx.execute<Row>(sql`
      select id, group_id as "groupId", raw, weight::float8 as weight, exception is not null as "isCovered",
        to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
      from detection where tenant_id = ${tenantId}::uuid and rule = ${rule} and kind = ${kind}
        and received_at > now() - make_interval(days => ${sinceDays}::integer)
        ${after ? sql`and (received_at, id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
      order by received_at desc, id desc limit ${PAGE}`);
    for (const row of rows) {
      isSampled ||= Number(row.weight) > 1;
      if (hasFields(comparedValues(kind, row.raw), fields)) take(row);
    }
    compared += rows.length;
    after = rows.at(-1);
    if (rows.length < PAGE) return { compared, isCut: false, isSampled };
    if (compared >= COMPARED_MAX) return { compared, isCut: true, isSampled };
  }
}

/** How many events of the last 90 days an exception would have covered. */
export async function replayException(
  tx: ReadTx,
  tenantId: string,
  exception: ReplayedException,
): Promise<ExceptionReplayDto> {
  const groups = new Map<string, number>();
  let matched = 0;
  const { compared, isCut, isSampled } = await eachCovered(tx, tenantId, exception, REPLAY_DAYS, (row) => {
    matched += 1;
    groups.set(row.groupId, (groups.get(row.groupId) ?? 0) + Number(row.weight));
  });
  const worst = [...groups].sort((a, b) => b[1] - a[1]).slice(0, GROUPS_SHOWN);
  const names = await tx.execute<{ id: string; scope: string }>(sql`
    select id, scope from detection_group where tenant_id = ${tenantId}::uuid
      and id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(worst.map(([id]) => id))}::jsonb))`);
  const scopes = new Map(names.map(({ id, scope }) => [id, scope]));
  const [total] = await tx.execute<{ events: number; nowMs: number }>(sql`
    select coalesce(sum(t.count), 0)::float8 as events, (extract(epoch from now()) * 1000)::float8 as "nowMs"
    from detection_tally t join detection_group g on g.tenant_id = t.tenant_id and g.id = t.group_id
    where t.tenant_id = ${tenantId}::uuid and t.span = 'day' and g.rule = ${exception.rule} and g.kind = ${exception.kind}
      and t.at > now() - make_interval(days => ${REPLAY_DAYS}::integer)`);
  const toMs = Math.floor(total?.nowMs ?? Date.now());
  return {
    from: new Date(toMs - REPLAY_DAYS * DAY_MS).toISOString(),
    to: new Date(toMs).toISOString(),
    compared,
    matched,
    events: Number(total?.events ?? 0),
    covered: [...groups.values()].reduce((sum, count) => sum + count, 0),
    isExact: !isSampled && !isCut,
    isCut,
    groups: worst.map(([id, covered]) => ({ id, scope: scopes.get(id) ?? '', covered })),
  };
}
