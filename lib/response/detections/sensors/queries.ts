import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import { log } from '@/lib/platform/core/log';
import { decodeBody } from '@/lib/response/detections/ingest/decode-body';
import { storableText } from '@/lib/response/detections/parse/fields';
import { redactSecrets } from '@/lib/response/detections/parse/redact-secrets';
import { currentPolicy } from '@/lib/response/detections/policy/policy-file';
import { isoMicros } from '@/lib/response/detections/read/conditions';
import {
  type ListUnreadableInput,
  listUnreadableInput,
  type SensorDetailDto,
  type SensorListDto,
  type UnreadableListDto,
} from '@/lib/response/detections/sensor-contract';
import { byNeed, readAllSensors, readSensors } from './read-sensors';

export const sensorNotFound = () => new AppError('not_found', 'Sensor not found in this tenant.');
export const sensorPolicy = () => currentPolicy(getEnv().detectionsFile, log()).sensors;

const LOSSES_SHOWN = 20;
const iso = (text: string) => new Date(text).toISOString();

/** Every sensor, the worst first, with who sends and what was lost. */
export async function listSensors(actor: Actor): Promise<SensorListDto> {
  requirePermission(actor, 'detections:read');
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const items = (await readAllSensors(tx, tenantId, sensorPolicy())).sort(byNeed);
    const senders = await tx.execute<{
      type: string;
      id: string;
      label: string;
      events: number;
      summarized: number;
      unreadable: number;
      lastAt: string;
    }>(sql`
      select type, id, label, events::float8 as events, summarised::float8 as summarized, unreadable::float8 as unreadable,
        ${isoMicros(sql`last_at`)} as "lastAt" from detection_sender where tenant_id = ${tenantId}::uuid order by last_at desc limit 200`);
    const losses = await tx.execute<{
      id: string;
      from: string;
      to: string;
      deliveries: number;
      reason: string;
    }>(sql`
      select id, ${isoMicros(sql`from_at`)} as from, ${isoMicros(sql`to_at`)} as to, deliveries::float8 as deliveries, reason
      from detection_loss where tenant_id = ${tenantId}::uuid order by to_at desc limit ${LOSSES_SHOWN}`);
    const [waiting] = await tx.execute<{ count: number; since: string | null }>(sql`
      select count(*)::int as count, ${isoMicros(sql`min(received_at)`)} as since from (
        select received_at from event_delivery where tenant_id = ${tenantId}::uuid and processed_at is null limit 100000) w`);
    const counted = items.filter(({ state }) => state !== 'retired');
    return {
      items,
      nextCursor: null,
      known: counted.length,
      heard: counted.filter(({ isHeard }) => isHeard).length,
      senders: senders.map((row) => ({ ...row, lastAt: iso(row.lastAt) })),
      losses: losses.map((row) => ({
        ...row,
        from: iso(row.from),
        to: iso(row.to),
        deliveries: Number(row.deliveries),
      })),
      waiting: waiting?.count ?? 0,
      waitingSince: waiting?.since ? iso(waiting.since) : null,
    };
  });
}

const HOURS_SHOWN = 168;

/** One sensor with its last seven days. @throws AppError `not_found` */
export async function getSensor(actor: Actor, id: string): Promise<SensorDetailDto> {
  requirePermission(actor, 'detections:read');
  if (!isId(id)) throw sensorNotFound();
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const [sensor] = await readSensors(tx, tenantId, sensorPolicy(), sql`s.id = ${id}::uuid`);
    if (!sensor) throw sensorNotFound();
    const [row] = await tx.execute<{ facts: Record<string, string> }>(
      sql`select facts from detection_sensor where tenant_id = ${tenantId}::uuid and id = ${id}::uuid`,
    );
    const hours = await tx.execute<{
      hour: string;
      events: number;
      heartbeats: number;
      seen: number;
      dropped: number;
    }>(sql`
      select ${isoMicros(sql`hour`)} as hour, events::float8 as events, heartbeats, seen::float8 as seen, dropped::float8 as dropped
      from detection_sensor_hour where tenant_id = ${tenantId}::uuid and sensor_id = ${id}::uuid
        and hour > now() - make_interval(hours => ${HOURS_SHOWN}::integer) order by hour`);
    return {
      sensor,
      hours: hours.map((one) => ({ ...one, hour: iso(one.hour) })),
      facts: row?.facts ?? {},
    };
  });
}

const BODY_SHOWN = 2_000;

/** Deliveries of which something could not be read, the newest first. */
export async function listUnreadable(
  actor: Actor,
  input: ListUnreadableInput = {},
): Promise<UnreadableListDto> {
  requirePermission(actor, 'detections:read');
  const { cursor, limit } = listUnreadableInput.parse(input);
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  const rows = await readTenant(actor, (tx) =>
    tx.execute<{
      id: string;
      at: string;
      kind: string;
      sender: string;
      problem: string;
      events: number | null;
      bytes: number;
      body: Buffer;
      encoding: 'identity' | 'gzip' | 'deflate' | 'br';
    }>(sql`
      select id, ${isoMicros(sql`received_at`)} as at, kind, origin_label as sender, problem, events, body_bytes as bytes, body, encoding
      from event_delivery where tenant_id = ${actor.tenantId}::uuid and problem is not null
        ${after ? sql`and (received_at, id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
      order by received_at desc, id desc limit ${limit + 1}`),
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(({ id, at, kind, sender, problem, events, bytes, body, encoding }) => {
      const decoded = decodeBody(body, encoding);
      const text = 'text' in decoded ? decoded.text : body.toString('latin1');
      return {
        ...{ id, kind, sender, problem, bytes },
        receivedAt: at,
        events: events ?? 0,
        body: redactSecrets(storableText(text, BODY_SHOWN)).text,
      };
    }),
    nextCursor: last ? encodeCursor({ at: last.at, id: last.id }) : null,
  };
}
