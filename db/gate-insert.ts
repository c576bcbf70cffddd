import type { AuditRow, ConditionalBatch } from './gate-rows';
import { type BindWriter, OID } from './wire/bind-writer';

const INSERT_ROWS = `
  insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_id, actor_label, key_id,
    key_version_id, ip, method, path, status, duration_us, target_type, target_id, target_label, reason, request_id)
  select r.tenant_id, least(r.at, statement_timestamp() - interval '1 microsecond'), r.id, 'decision', r.action,
    r.outcome, r.code, r.actor_type, r.actor_id, r.actor_label, r.actor_id, r.key_version_id, r.ip::inet, r.method,
    r.path, r.status, r.duration_us, r.target_type, r.target_id, r.target_label, r.reason, r.id::text`;

/** $1 rows as JSON (`rowsAsJson`). For a transaction in whose snapshot the decisions were made. */
export const INSERT_IN_SNAPSHOT = `${INSERT_ROWS}
  from json_to_recordset($1::json) as r(tenant_id uuid, at timestamptz, id uuid, action text, outcome text, code text,
    actor_type text, actor_id uuid, actor_label text, key_version_id uuid, ip text, method text, path text,
    status smallint, duration_us integer, target_type text, target_id text, target_label text, reason text)`;

/**
 * $1 tenant ids, $2 the revision of each, $3 and $4 the span in which the decisions hold, then one array for each
 * column: inserts every row or, where a revision differs or the span is missed, none.
 */
export const INSERT_IF_CURRENT = `${INSERT_ROWS}
  from unnest($5::uuid[], $6::timestamptz[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::uuid[],
    $13::text[], $14::uuid[], $15::text[], $16::text[], $17::text[], $18::int2[], $19::int4[], $20::text[], $21::text[],
    $22::text[], $23::text[]) as r(tenant_id, at, id, action, outcome, code, actor_type, actor_id, actor_label,
    key_version_id, ip, method, path, status, duration_us, target_type, target_id, target_label, reason)
  where statement_timestamp() >= $3 and statement_timestamp() < $4
    and (select count(*) from unnest($1::uuid[], $2::int8[]) as u(tenant_id, revision)
         join gate_revision g on g.tenant_id = u.tenant_id and g.revision = u.revision) = cardinality($1::uuid[])`;

const { uuidArray, int8Array, timestamptz, timestamptzArray, textArray, int2Array, int4Array } = OID;

export const INSERT_IF_CURRENT_TYPES = [
  ...[uuidArray, int8Array, timestamptz, timestamptz],
  ...[uuidArray, timestamptzArray, uuidArray, textArray, textArray, textArray, textArray, uuidArray],
  ...[textArray, uuidArray, textArray, textArray, textArray, int2Array, int4Array],
  ...[textArray, textArray, textArray, textArray],
];

/** The message that executes `INSERT_IF_CURRENT` with this batch; valid until the writer's next use. */
export function writeInsert(writer: BindWriter, statement: string, batch: ConditionalBatch): Buffer {
  const { rows } = batch;
  writer.begin(statement, INSERT_IF_CURRENT_TYPES.length);
  writer.uuids([...batch.revisions.keys()], (tenantId) => tenantId);
  writer.int8s([...batch.revisions.values()]);
  writer.timestamp(batch.notBeforeMs);
  writer.timestamp(batch.notAfterMs);
  writer.uuids(rows, (row) => row.tenantId);
  writer.timestamps(rows, (row) => row.atMs);
  writer.uuids(rows, (row) => row.id);
  writer.texts(rows, (row) => row.action);
  writer.texts(rows, (row) => row.outcome);
  writer.texts(rows, (row) => row.code);
  writer.texts(rows, (row) => row.actorType);
  writer.uuids(rows, (row) => row.actorId);
  writer.texts(rows, (row) => row.actorLabel);
  writer.uuids(rows, (row) => row.keyVersionId);
  writer.texts(rows, (row) => row.ip);
  writer.texts(rows, (row) => row.method);
  writer.texts(rows, (row) => row.path);
  writer.int2s(rows, (row) => row.status);
  writer.int4s(rows, (row) => row.durationUs);
  writer.texts(rows, (row) => row.targetType);
  writer.texts(rows, (row) => row.targetId);
  writer.texts(rows, (row) => row.targetLabel);
  writer.texts(rows, (row) => row.reason);
  return writer.finish();
}

/** ISO 8601 with microseconds. */
function isoMicroseconds(ms: number): string {
  const us = Math.round(ms * 1000);
  const wholeMs = Math.floor(us / 1000);
  const rest = String(us - wholeMs * 1000).padStart(3, '0');
  return new Date(wholeMs).toISOString().replace('Z', `${rest}Z`);
}

export function rowsAsJson(rows: readonly AuditRow[]): string {
  return JSON.stringify(
    rows.map((row) => ({
      tenant_id: row.tenantId,
      at: isoMicroseconds(row.atMs),
      id: row.id,
      action: row.action,
      outcome: row.outcome,
      code: row.code,
      actor_type: row.actorType,
      actor_id: row.actorId,
      actor_label: row.actorLabel,
      key_version_id: row.keyVersionId,
      ip: row.ip,
      method: row.method,
      path: row.path,
      status: row.status,
      duration_us: row.durationUs,
      target_type: row.targetType,
      target_id: row.targetId,
      target_label: row.targetLabel,
      reason: row.reason,
    })),
  );
}
