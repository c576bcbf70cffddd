import { sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import type { Allowance } from '@/lib/response/detections/judge/flood';
import type { KnownEpisode } from './alert-batch';
import type { Origin } from './drafts';
import { SAME_WITHIN_MS, type SeenEvent } from './falco-batch';
import type { GroupDraft } from './group-draft';
import type { SensorDraft } from './sensor-batch';

const ms = (column: string) => sql.raw(`(extract(epoch from ${column}) * 1000)::float8`);
const listed = (values: readonly string[]) =>
  sql`(select decode(value, 'hex') from jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;

type Row<T> = T & Record<string, unknown>;

/** Groups with these keys, locked until the batch is committed. */
export async function loadGroups(
  tx: WriteTx,
  tenantId: string,
  keys: readonly string[],
): Promise<GroupDraft[]> {
  if (keys.length === 0) return [];
  const rows = await tx.execute<Row<Omit<GroupDraft, 'isNew' | 'hasOpened'>>>(sql`
    select id, encode(key, 'hex') as key, kind, rule, source, scope_kind as "scopeKind", scope, namespace, workload, container,
      image, host, priority, maturity, severity, severity_rank as "severityRank", severity_steps as "severitySteps",
      techniques, tactics, tags, state, ${ms('triaged_at')} as "triagedAtMs", episode,
      ${ms('episode_started_at')} as "episodeStartedMs", episode_count::float8 as "episodeCount",
      represented::float8 as represented, count::float8 as count, stored, duplicates::float8 as duplicates,
      expected::float8 as expected, hosts, differing, firing, truncated, ${ms('resolved_at')} as "resolvedMs",
      ${ms('first_at')} as "firstMs", ${ms('last_at')} as "lastMs", ${ms('first_received_at')} as "firstReceivedMs",
      ${ms('last_received_at')} as "lastReceivedMs", output, is_test as "isTest"
    from detection_group where tenant_id = ${tenantId}::uuid and key in ${listed(keys)} order by id for update`);
  return rows.map((row) => ({ ...row, isNew: false, hasOpened: false }));
}

/** Which of these events were seen lately. */
export async function loadSeen(
  tx: WriteTx,
  tenantId: string,
  identities: readonly string[],
): Promise<Map<string, SeenEvent>> {
  if (identities.length === 0) return new Map();
  const rows = await tx.execute<Row<SeenEvent & { digest: string }>>(sql`
    select encode(digest, 'hex') as digest, ${ms('received_at')} as "receivedMs", group_id as "groupId",
      detection_id as "detectionId"
    from detection_identity where tenant_id = ${tenantId}::uuid and digest in ${listed(identities)}`);
  return new Map(rows.map(({ digest, ...seen }) => [digest, seen]));
}

/** Forgets events that are too old to be copied. */
export async function forgetSeen(tx: WriteTx, tenantId: string): Promise<void> {
  await tx.execute(sql`delete from detection_identity where tenant_id = ${tenantId}::uuid
    and noted_at < now() - make_interval(secs => ${(2 * SAME_WITHIN_MS) / 1000}::float8)`);
}

export async function loadEpisodes(
  tx: WriteTx,
  tenantId: string,
  groupIds: readonly string[],
  identities: readonly string[],
): Promise<KnownEpisode[]> {
  if (groupIds.length === 0 || identities.length === 0) return [];
  const rows = await tx.execute<Row<KnownEpisode>>(sql`
    select id, group_id as "groupId", encode(identity, 'hex') as identity, alert_state as "alertState",
      ${ms('resolved_at')} as "resolvedMs"
    from detection where tenant_id = ${tenantId}::uuid and kind = 'alertmanager'
      and group_id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(groupIds)}::jsonb))
      and identity in ${listed(identities)}`);
  return [...rows];
}

export async function loadSensors(
  tx: WriteTx,
  tenantId: string,
  hosts: readonly string[],
): Promise<SensorDraft[]> {
  if (hosts.length === 0) return [];
  const rows = await tx.execute<Row<Omit<SensorDraft, 'isNew'>>>(sql`
    select id, kind, sender_type as "senderType", sender_id as "senderId", host, ${ms('first_seen_at')} as "firstSeenMs",
      ${ms('last_event_at')} as "lastEventMs", ${ms('last_heartbeat_at')} as "lastHeartbeatMs",
      recent_gaps as "recentGaps", version, kernel, engine, facts, events::float8 as events,
      clock_offset_ms::float8 as "clockOffsetMs", ${ms('clock_at')} as "clockMs"
    from detection_sensor where tenant_id = ${tenantId}::uuid
      and host in (select jsonb_array_elements_text(${JSON.stringify(hosts)}::jsonb)) order by id for update`);
  return rows.map((row) => ({ ...row, isNew: false }));
}

/** What each sender may have kept right now, by `type id`. */
export async function loadAllowances(
  tx: WriteTx,
  tenantId: string,
  origins: readonly Origin[],
): Promise<Map<string, Allowance>> {
  const ids = JSON.stringify(origins.flatMap(({ id }) => id ?? []));
  const rows = await tx.execute<Row<{ type: string; id: string; tokens: number; atMs: number }>>(sql`
    select type, id, tokens, ${ms('tokens_at')} as "atMs" from detection_sender
    where tenant_id = ${tenantId}::uuid and id in (select value::uuid from jsonb_array_elements_text(${ids}::jsonb))`);
  return new Map(rows.map(({ type, id, tokens, atMs }) => [`${type} ${id}`, { tokens, atMs }]));
}

/** Groups that were opened within the last minute. */
export async function countNewGroups(tx: WriteTx, tenantId: string): Promise<number> {
  const [row] = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from detection_group
    where tenant_id = ${tenantId}::uuid and last_received_at > now() - interval '1 minute'
      and first_received_at > now() - interval '1 minute'`);
  return row?.count ?? 0;
}
