import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import { isoMicros } from '@/lib/response/detections/read/conditions';
import type { SensorDto } from '@/lib/response/detections/sensor-contract';
import { judgeSensor, lossOf } from './judge-sensor';

interface Row extends Record<string, unknown> {
  id: string;
  kind: 'falco' | 'alertmanager';
  host: string;
  senderType: string;
  senderId: string;
  senderLabel: string | null;
  firstSeenAt: string;
  lastEventMs: number | null;
  lastHeartbeatMs: number | null;
  recentGaps: number[];
  version: string | null;
  kernel: string | null;
  engine: string | null;
  rules: string | null;
  clockOffsetMs: number | null;
  retiredAt: string | null;
  retiredBy: string | null;
  retiredReason: string | null;
  events: number;
  seen: number | null;
  dropped: number | null;
  worst: number | null;
  nowMs: number;
}

const iso = (text: string | null) => (text === null ? null : new Date(text).toISOString());
const isoOf = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

export function sensorDtoOf(row: Row, policy: DetectionPolicy['sensors']): SensorDto {
  const { nowMs, clockOffsetMs, seen, dropped } = row;
  const dropsPercent = row.worst === null ? null : Number(row.worst);
  const judged = judgeSensor({ ...row, dropsPercent, isRetired: row.retiredAt !== null }, policy, nowMs);
  return {
    id: row.id,
    kind: row.kind,
    host: row.host,
    sender: { type: row.senderType, id: row.senderId, label: row.senderLabel ?? 'unknown sender' },
    state: judged.state,
    sentence: judged.sentence,
    isHeard: judged.isHeard,
    blindSince: judged.state === 'silent' ? isoOf(judged.sinceMs) : null,
    firstSeenAt: iso(row.firstSeenAt),
    lastEventAt: isoOf(row.lastEventMs),
    lastHeartbeatAt: isoOf(row.lastHeartbeatMs),
    intervalSeconds: Math.round(judged.intervalMs / 1_000),
    isIntervalKnown: judged.isIntervalKnown,
    version: row.version,
    kernel: row.kernel,
    engine: row.engine,
    events: Number(row.events),
    seen: seen === null || (Number(seen) === 0 && Number(dropped) === 0) ? null : Number(seen),
    dropped: dropped === null || lossOf(Number(seen), Number(dropped)) === null ? null : Number(dropped),
    dropsPercent,
    clockOffsetSeconds: clockOffsetMs === null ? null : Math.round(Number(clockOffsetMs) / 100) / 10,
    isClockOff: clockOffsetMs !== null && Math.abs(Number(clockOffsetMs)) > policy.clockOffset,
    rulesDigest: row.rules,
    retiredBy: row.retiredBy,
    retiredReason: row.retiredReason,
    retiredAt: iso(row.retiredAt),
  };
}

/** A host that the policy names and that never sent anything. */
function missingSensor(host: string, policy: DetectionPolicy['sensors']): SensorDto {
  return {
    id: null,
    kind: 'falco',
    host,
    sender: null,
    state: 'missing',
    sentence:
      'Expected by security/detections.yaml and never heard. Install Falco there, or take the host off the list.',
    isHeard: false,
    blindSince: null,
    firstSeenAt: null,
    lastEventAt: null,
    lastHeartbeatAt: null,
    intervalSeconds: policy.heartbeat / 1_000,
    isIntervalKnown: false,
    version: null,
    kernel: null,
    engine: null,
    events: 0,
    seen: null,
    dropped: null,
    dropsPercent: null,
    clockOffsetSeconds: null,
    isClockOff: false,
    rulesDigest: null,
    retiredBy: null,
    retiredReason: null,
    retiredAt: null,
  };
}

const SENSORS_MAX = 5_000;

/** Every sensor of a tenant as of now, and the hosts that are missing. @param where on `detection_sensor s` */
export async function readSensors(
  tx: ReadTx,
  tenantId: string,
  policy: DetectionPolicy['sensors'],
  where: SQL = sql`true`,
): Promise<SensorDto[]> {
  const rows = await tx.execute<Row>(sql`
    select s.id, s.kind, s.host, s.sender_type as "senderType", s.sender_id as "senderId", n.label as "senderLabel",
      ${isoMicros(sql`s.first_seen_at`)} as "firstSeenAt", (extract(epoch from s.last_event_at) * 1000)::float8 as "lastEventMs",
      (extract(epoch from s.last_heartbeat_at) * 1000)::float8 as "lastHeartbeatMs", s.recent_gaps as "recentGaps", s.version,
      s.kernel, s.engine, s.facts ->> 'rules' as rules, s.clock_offset_ms::float8 as "clockOffsetMs",
      ${isoMicros(sql`s.retired_at`)} as "retiredAt", s.retired_by as "retiredBy", s.retired_reason as "retiredReason",
      coalesce(h.events, 0)::float8 as events, h.seen::float8 as seen, h.dropped::float8 as dropped, h.worst::float8 as worst,
      (extract(epoch from now()) * 1000)::float8 as "nowMs"
    from detection_sensor s
    left join detection_sender n on n.tenant_id = s.tenant_id and n.type = s.sender_type and n.id = s.sender_id
    left join lateral (
      select sum(events) as events, sum(seen) as seen, sum(dropped) as dropped,
        max(case when greatest(seen, dropped) > 0 then 100.0 * dropped / greatest(seen, dropped) end) as worst
      from detection_sensor_hour x where x.tenant_id = s.tenant_id and x.sensor_id = s.id and x.hour > now() - interval '24 hours'
    ) h on true
    where s.tenant_id = ${tenantId}::uuid and ${where} order by s.host, s.id limit ${SENSORS_MAX}`);
  return rows.map((row) => sensorDtoOf(row, policy));
}

/** The same with those that the policy expects. */
export async function readAllSensors(
  tx: ReadTx,
  tenantId: string,
  policy: DetectionPolicy['sensors'],
): Promise<SensorDto[]> {
  const known = await readSensors(tx, tenantId, policy);
  const hosts = new Set(
    known.filter(({ kind, state }) => kind === 'falco' && state !== 'retired').map(({ host }) => host),
  );
  const [tenant] = await tx.execute<{ slug: string }>(
    sql`select slug from identity.tenant where id = ${tenantId}::uuid`,
  );
  const missing = policy.expected
    .filter(({ host, tenants }) => !hosts.has(host) && (tenants?.includes(tenant?.slug ?? '') ?? true))
    .map(({ host }) => missingSensor(host, policy));
  return [...missing, ...known];
}

/** The worst first. */
const ORDER = ['missing', 'silent', 'lossy', 'unverified', 'healthy', 'retired'];
export const byNeed = (a: SensorDto, b: SensorDto): number =>
  ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.host < b.host ? -1 : 1);
