import type postgres from 'postgres';
import type { AuditRow, ConditionalBatch, SnapshotBatch } from './gate-rows';
import { type BindWriter, OID } from './wire/bind-writer';

/**
 * The rows come as `gate_access_record`s (drizzle/0009), in the fast path as an array, in the slow one as JSON. The
 * sequencer relies on the 30 seconds (lib/platform/sealing/rules.ts): it looks no further back for what was not committed before.
 */
const INSERT_ROWS = `
  insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_id, actor_label, key_id,
    key_version_id, session_id, ip, user_agent, method, host, path, status, duration_us, target_type, target_id,
    target_label, reason, details, request_id)
  select r.tenant_id, greatest(least(r.at, statement_timestamp() - interval '1 microsecond'),
      statement_timestamp() - interval '30 seconds'), r.id,
    case r.action when 'gate.self_test' then 'system' else 'decision' end, r.action,
    r.outcome, r.code, r.actor_type, r.actor_id, r.actor_label, case when r.actor_type = 'key' then r.actor_id end,
    r.key_version_id, r.session_id, r.ip::inet, r.user_agent, r.method, r.host, r.path, r.status, r.duration_us,
    r.target_type, r.target_id, r.target_label, r.reason, r.details::jsonb, r.id::text`;

/**
 * $1 rows as JSON (`rowsAsJson`), $2 until when the decisions hold. For a transaction in whose snapshot they were made:
 * inserts every row or, where a deadline has passed since, none.
 */
const INSERT_IN_SNAPSHOT = `${INSERT_ROWS} from json_populate_recordset(null::gate_access_record, $1::json) as r
  where statement_timestamp() < $2::timestamptz`;

/**
 * $1 tenant ids, $2 the revision of each, $3 and $4 the span in which the decisions hold, $5 the rows: inserts every
 * row or, where a revision differs or the span is missed, none.
 */
export const INSERT_IF_CURRENT = `${INSERT_ROWS} from unnest($5::gate_access_record[]) as r
  where statement_timestamp() >= $3 and statement_timestamp() < $4
    and (select count(*) from unnest($1::uuid[], $2::int8[]) as u(tenant_id, revision)
         join gate_revision g on g.tenant_id = u.tenant_id and g.revision = u.revision) = cardinality($1::uuid[])`;

export const INSERT_IF_CURRENT_TYPES = [
  OID.uuidArray,
  OID.int8Array,
  OID.timestamptz,
  OID.timestamptz,
  OID.unspecified,
];

const RECORD_FIELDS = 23;
/** The last moment that a `Date` holds. */
const LAST_MS = 8.64e15;

/**
 * The message that executes `INSERT_IF_CURRENT` with this batch; valid until the writer's next use.
 * @param recordOid of `gate_access_record`
 */
export function writeInsert(
  writer: BindWriter,
  statement: string,
  recordOid: number,
  batch: ConditionalBatch,
): Buffer {
  writer.begin(statement, INSERT_IF_CURRENT_TYPES.length);
  writer.uuids([...batch.revisions.keys()]);
  writer.int8s([...batch.revisions.values()]);
  writer.timestamp(batch.notBeforeMs);
  writer.timestamp(batch.notAfterMs);
  writer.records(recordOid, RECORD_FIELDS, batch.rows, (row) => {
    writer.uuidField(row.tenantId);
    writer.timestampField(row.atMs);
    writer.uuidField(row.id);
    writer.textField(row.action);
    writer.textField(row.outcome);
    writer.textField(row.code);
    writer.textField(row.actorType);
    writer.uuidField(row.actorId);
    writer.textField(row.actorLabel);
    writer.uuidField(row.keyVersionId);
    writer.uuidField(row.sessionId);
    writer.textField(row.ip);
    writer.textField(row.userAgent);
    writer.textField(row.method);
    writer.textField(row.host);
    writer.textField(row.path);
    writer.int2Field(row.status);
    writer.int4Field(row.durationUs);
    writer.textField(row.targetType);
    writer.textField(row.targetId);
    writer.textField(row.targetLabel);
    writer.textField(row.reason);
    writer.textField(row.details);
  });
  return writer.finish();
}

/** ISO 8601 with microseconds. */
function isoMicroseconds(ms: number): string {
  const us = Math.round(ms * 1000);
  const wholeMs = Math.floor(us / 1000);
  const rest = String(us - wholeMs * 1000).padStart(3, '0');
  return new Date(wholeMs).toISOString().replace('Z', `${rest}Z`);
}

function rowsAsJson(rows: readonly AuditRow[]): string {
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
      session_id: row.sessionId,
      ip: row.ip,
      user_agent: row.userAgent,
      method: row.method,
      host: row.host,
      path: row.path,
      status: row.status,
      duration_us: row.durationUs,
      target_type: row.targetType,
      target_id: row.targetId,
      target_label: row.targetLabel,
      reason: row.reason,
      details: row.details,
    })),
  );
}

/** @returns whether the rows were inserted: not where a deadline that their decisions held before has passed */
export async function insertInSnapshot(tx: postgres.TransactionSql, batch: SnapshotBatch): Promise<boolean> {
  const { rows, notAfterMs } = batch;
  if (rows.length === 0) return true;
  const notAfter = notAfterMs < LAST_MS ? isoMicroseconds(notAfterMs) : 'infinity';
  const inserted = await tx.unsafe(INSERT_IN_SNAPSHOT, [rowsAsJson(rows), notAfter], { prepare: true });
  return inserted.count === rows.length;
}
