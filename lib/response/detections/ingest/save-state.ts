import { type SQL, sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import type { Allowance } from '@/lib/response/detections/judge/flood';
import type { EpisodeChange } from './alert-batch';
import type { DetectionDraft, EntityCount, Origin, Tally } from './drafts';
import type { SeenEvent } from './falco-batch';
import type { GroupDraft } from './group-draft';
import type { SensorDraft, SensorHour } from './sensor-batch';

const time = (name: string): SQL => sql.raw(`to_timestamp(r."${name}" / 1000)`);
/** Rows as one JSON parameter, whatever is in them. */
const rowsOf = (rows: readonly object[], columns: string): SQL =>
  sql`json_to_recordset(${JSON.stringify(rows)}::json) as r(${sql.raw(columns)})`;

/** Inserts new groups, and writes what a batch changed in the others. Their version counts what people decide. */
export async function saveGroups(
  tx: WriteTx,
  tenantId: string,
  groups: readonly GroupDraft[],
): Promise<void> {
  if (groups.length === 0) return;
  const rows = groups.map(({ techniques, tactics, tags, hosts, ...group }) => ({
    ...group,
    ...{ techniques, tactics, tags, hosts },
  }));
  await tx.execute(sql`
    insert into detection_group as g (tenant_id, id, key, kind, rule, source, scope_kind, scope, namespace, workload, container,
      image, host, priority, maturity, severity, severity_rank, severity_steps, techniques, tactics, tags, state, episode,
      episode_started_at, episode_count, represented, count, stored, duplicates, expected, hosts, differing, firing, truncated,
      resolved_at, first_at, last_at, first_received_at, last_received_at, output, is_test, updated_at)
    select ${tenantId}::uuid, r.id, decode(r.key, 'hex'), r.kind, r.rule, r.source, r."scopeKind", r.scope, r.namespace,
      r.workload, r.container, r.image, r.host, r.priority, r.maturity, r.severity, r."severityRank", r."severitySteps",
      array(select json_array_elements_text(r.techniques)), array(select json_array_elements_text(r.tactics)),
      array(select json_array_elements_text(r.tags)), r.state, r.episode, ${time('episodeStartedMs')}, r."episodeCount",
      r.represented, r.count, r.stored, r.duplicates, r.expected, array(select json_array_elements_text(r.hosts)), r.differing,
      r.firing, r.truncated, ${time('resolvedMs')}, ${time('firstMs')}, ${time('lastMs')}, ${time('firstReceivedMs')},
      ${time('lastReceivedMs')}, r.output, r."isTest", clock_timestamp()
    from ${rowsOf(
      rows,
      `id uuid, key text, kind text, rule text, source text, "scopeKind" text, scope text, namespace text, workload text,
       container text, image text, host text, priority text, maturity text, severity text, "severityRank" smallint,
       "severitySteps" jsonb, techniques json, tactics json, tags json, state text, episode integer,
       "episodeStartedMs" float8, "episodeCount" bigint, represented bigint, count bigint, stored integer, duplicates bigint,
       expected bigint, hosts json, differing jsonb, firing integer, truncated integer, "resolvedMs" float8, "firstMs" float8,
       "lastMs" float8, "firstReceivedMs" float8, "lastReceivedMs" float8, output text, "isTest" boolean`,
    )}
    on conflict (tenant_id, id) do update set priority = excluded.priority, severity = excluded.severity,
      severity_rank = excluded.severity_rank, severity_steps = excluded.severity_steps,
      version = case when g.state = excluded.state then g.version else g.version + 1 end, state = excluded.state,
      episode = excluded.episode, episode_started_at = excluded.episode_started_at, episode_count = excluded.episode_count,
      represented = excluded.represented, count = excluded.count, stored = excluded.stored, duplicates = excluded.duplicates,
      expected = excluded.expected, hosts = excluded.hosts, differing = excluded.differing, firing = excluded.firing,
      truncated = excluded.truncated, resolved_at = excluded.resolved_at, first_at = excluded.first_at,
      last_at = excluded.last_at, first_received_at = excluded.first_received_at,
      last_received_at = excluded.last_received_at, output = excluded.output, updated_at = excluded.updated_at`);
}

export async function saveDetections(
  tx: WriteTx,
  tenantId: string,
  detections: readonly DetectionDraft[],
): Promise<void> {
  if (detections.length === 0) return;
  const rows = detections.map(({ origin, ...draft }) => ({
    ...draft,
    originType: origin.type,
    originId: origin.id,
    originLabel: origin.label,
  }));
  await tx.execute(sql`
    insert into detection (tenant_id, id, group_id, episode, kind, received_at, event_at, event_time, rule, source, priority,
      priority_given, severity, severity_rank, severity_steps, host, namespace, output, raw, identity, deliveries, weight, marks,
      exception, delivery_id, origin_type, origin_id, origin_label, is_test, alert_state, fingerprint, ends_at, resolved_at,
      last_received_at)
    select ${tenantId}::uuid, r.id, r."groupId", r.episode, r.kind, ${time('receivedMs')}, ${time('eventMs')}, r."eventTime",
      r.rule, r.source, r.priority, r."priorityGiven", r.severity, r."severityRank", r."severitySteps", r.host, r.namespace,
      r.output, r.raw, decode(r.identity, 'hex'), r.deliveries, r.weight, array(select json_array_elements_text(r.marks)),
      r.exception, r."deliveryId", r."originType", r."originId", r."originLabel", r."isTest", r."alertState", r.fingerprint,
      ${time('endsMs')}, ${time('resolvedMs')}, ${time('receivedMs')}
    from ${rowsOf(
      rows,
      `id uuid, "groupId" uuid, episode integer, kind text, "receivedMs" float8, "eventMs" float8, "eventTime" text, rule text,
       source text, priority text, "priorityGiven" text, severity text, "severityRank" smallint, "severitySteps" jsonb,
       host text, namespace text, output text, raw text, identity text, deliveries integer, weight bigint, marks json,
       exception text, "deliveryId" uuid, "originType" text, "originId" uuid, "originLabel" text, "isTest" boolean,
       "alertState" text, fingerprint text, "endsMs" float8, "resolvedMs" float8`,
    )}`);
}

/** Further deliveries of detections that were there already. */
export async function saveRedelivered(
  tx: WriteTx,
  tenantId: string,
  redelivered: ReadonlyMap<string, number>,
): Promise<void> {
  if (redelivered.size === 0) return;
  const rows = [...redelivered].map(([id, times]) => ({ id, times }));
  await tx.execute(sql`
    update detection d set deliveries = d.deliveries + r.times from ${rowsOf(rows, 'id uuid, times integer')}
    where d.tenant_id = ${tenantId}::uuid and d.id = r.id`);
}

export async function saveEpisodes(
  tx: WriteTx,
  tenantId: string,
  changes: readonly EpisodeChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await tx.execute(sql`
    update detection d set alert_state = r."alertState", ends_at = ${time('endsMs')}, resolved_at = ${time('resolvedMs')},
      deliveries = d.deliveries + r.messages, last_received_at = greatest(d.last_received_at, ${time('lastReceivedMs')})
    from ${rowsOf(
      changes,
      'id uuid, "alertState" text, "endsMs" float8, "resolvedMs" float8, messages integer, "lastReceivedMs" float8',
    )}
    where d.tenant_id = ${tenantId}::uuid and d.id = r.id`);
}

export async function saveSeen(
  tx: WriteTx,
  tenantId: string,
  seen: ReadonlyMap<string, SeenEvent>,
): Promise<void> {
  if (seen.size === 0) return;
  const rows = [...seen].map(([digest, event]) => ({ digest, ...event }));
  await tx.execute(sql`
    insert into detection_identity (tenant_id, digest, received_at, group_id, detection_id)
    select ${tenantId}::uuid, decode(r.digest, 'hex'), ${time('receivedMs')}, r."groupId", r."detectionId"
    from ${rowsOf(rows, 'digest text, "receivedMs" float8, "groupId" uuid, "detectionId" uuid')}
    on conflict (tenant_id, digest) do update set received_at = excluded.received_at, group_id = excluded.group_id,
      detection_id = excluded.detection_id, noted_at = excluded.noted_at`);
}

/** Adds the sums of a batch to minute, hour, day and month, and to the volume by severity. */
export async function saveTallies(tx: WriteTx, tenantId: string, tallies: readonly Tally[]): Promise<void> {
  if (tallies.length === 0) return;
  const columns =
    '"groupId" uuid, host text, namespace text, rule text, "severityRank" smallint, "receivedMs" float8, stored integer, count bigint';
  await tx.execute(sql`
    insert into detection_tally as t (tenant_id, span, at, group_id, host, severity_rank, rule, namespace, stored, count)
    select ${tenantId}::uuid, span, date_trunc(span, ${time('receivedMs')}, 'UTC') as bucket, r."groupId", r.host,
      r."severityRank", r.rule, r.namespace, sum(r.stored), sum(r.count)
    from ${rowsOf(tallies, columns)}, unnest(array['minute', 'hour', 'day', 'month']) as span
    group by span, bucket, r."groupId", r.host, r."severityRank", r.rule, r.namespace
    order by span, bucket, r."groupId", r.host, r."severityRank", r.rule, r.namespace
    on conflict on constraint detection_tally_pk do update set stored = t.stored + excluded.stored,
      count = t.count + excluded.count`);
  await tx.execute(sql`
    insert into detection_volume as v (tenant_id, hour, severity_rank, stored, count)
    select ${tenantId}::uuid, date_trunc('hour', ${time('receivedMs')}, 'UTC') as bucket, r."severityRank", sum(r.stored),
      sum(r.count)
    from ${rowsOf(tallies, columns)} group by bucket, r."severityRank" order by bucket, r."severityRank"
    on conflict on constraint detection_volume_pk do update set stored = v.stored + excluded.stored,
      count = v.count + excluded.count`);
}

/** A flood of random addresses must not fill the disk: of a group so many are kept, those seen first. */
const ENTITIES_PER_GROUP_MAX = 500;

export async function saveEntities(
  tx: WriteTx,
  tenantId: string,
  entities: readonly EntityCount[],
): Promise<void> {
  if (entities.length === 0) return;
  await tx.execute(sql`
    insert into detection_entity as e (tenant_id, group_id, type, value, first_at, last_at, count)
    select ${tenantId}::uuid, r."groupId", r.type, r.value, ${time('firstMs')}, ${time('lastMs')}, r.count
    from ${rowsOf(entities, '"groupId" uuid, type text, value text, "firstMs" float8, "lastMs" float8, count bigint')}
    where (select count(*) from detection_entity x where x.tenant_id = ${tenantId}::uuid and x.group_id = r."groupId")
        < ${ENTITIES_PER_GROUP_MAX}
      or exists (select from detection_entity x where x.tenant_id = ${tenantId}::uuid and x.group_id = r."groupId"
        and x.type = r.type and x.value = r.value)
    order by r."groupId", r.type, r.value
    on conflict on constraint detection_entity_pk do update set first_at = least(e.first_at, excluded.first_at),
      last_at = greatest(e.last_at, excluded.last_at), count = e.count + excluded.count`);
}

export async function saveSensors(
  tx: WriteTx,
  tenantId: string,
  sensors: readonly SensorDraft[],
  hours: readonly SensorHour[],
): Promise<void> {
  if (sensors.length === 0) return;
  await tx.execute(sql`
    insert into detection_sensor (tenant_id, id, kind, sender_type, sender_id, host, first_seen_at, last_event_at,
      last_heartbeat_at, recent_gaps, version, kernel, engine, facts, events, clock_offset_ms, clock_at)
    select ${tenantId}::uuid, r.id, r.kind, r."senderType", r."senderId", r.host, ${time('firstSeenMs')},
      ${time('lastEventMs')}, ${time('lastHeartbeatMs')}, array(select json_array_elements_text(r."recentGaps")::integer),
      r.version, r.kernel, r.engine, r.facts, r.events, r."clockOffsetMs"::bigint, ${time('clockMs')}
    from ${rowsOf(
      sensors,
      `id uuid, kind text, "senderType" text, "senderId" uuid, host text, "firstSeenMs" float8, "lastEventMs" float8,
       "lastHeartbeatMs" float8, "recentGaps" json, version text, kernel text, engine text, facts jsonb, events bigint,
       "clockOffsetMs" float8, "clockMs" float8`,
    )}
    on conflict (tenant_id, id) do update set last_event_at = excluded.last_event_at,
      last_heartbeat_at = excluded.last_heartbeat_at, recent_gaps = excluded.recent_gaps, version = excluded.version,
      kernel = excluded.kernel, engine = excluded.engine, facts = excluded.facts, events = excluded.events,
      clock_offset_ms = excluded.clock_offset_ms, clock_at = excluded.clock_at, retired_at = null, retired_by = null,
      retired_reason = null`);
  await tx.execute(sql`
    insert into detection_sensor_hour as h (tenant_id, sensor_id, hour, events, heartbeats, seen, dropped)
    select ${tenantId}::uuid, r."sensorId", ${time('hourMs')}, r.events, r.heartbeats, r.seen, r.dropped
    from ${rowsOf(
      hours,
      '"sensorId" uuid, "hourMs" float8, events bigint, heartbeats integer, seen bigint, dropped bigint',
    )} order by r."sensorId", r."hourMs"
    on conflict on constraint detection_sensor_hour_pk do update set events = h.events + excluded.events,
      heartbeats = h.heartbeats + excluded.heartbeats, seen = h.seen + excluded.seen, dropped = h.dropped + excluded.dropped`);
}

export interface SenderChange {
  origin: Origin;
  allowance: Allowance;
  events: number;
  summarised: number;
  unreadable: number;
  lastMs: number;
}

export async function saveSenders(
  tx: WriteTx,
  tenantId: string,
  changes: readonly SenderChange[],
): Promise<void> {
  const rows = changes
    .filter(({ origin }) => origin.id !== null)
    .map(({ origin, allowance, ...change }) => ({ ...change, ...origin, ...allowance }));
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into detection_sender as s (tenant_id, type, id, label, tokens, tokens_at, events, summarised, unreadable, last_at)
    select ${tenantId}::uuid, r.type, r.id, r.label, r.tokens, ${time('atMs')}, r.events, r.summarised, r.unreadable,
      ${time('lastMs')}
    from ${rowsOf(
      rows,
      `type text, id uuid, label text, tokens float8, "atMs" float8, events bigint, summarised bigint, unreadable bigint,
       "lastMs" float8`,
    )} order by r.type, r.id
    on conflict on constraint detection_sender_pk do update set label = excluded.label, tokens = excluded.tokens,
      tokens_at = excluded.tokens_at, events = s.events + excluded.events, summarised = s.summarised + excluded.summarised,
      unreadable = s.unreadable + excluded.unreadable, last_at = greatest(s.last_at, excluded.last_at)`);
}
