import type postgres from 'postgres';
import {
  INSERT_IF_CURRENT,
  INSERT_IF_CURRENT_TYPES,
  insertInSnapshot,
  RECORD_FIELDS,
  writeRecord,
} from './gate-insert';
import type { AuditRow, ConditionalBatch, DeliveryRow } from './gate-rows';
import { type BindWriter, OID } from './wire/bind-writer';

/** Audit rows with the bodies of those that were let in. */
export interface DeliveryBatch extends ConditionalBatch {
  deliveries: readonly DeliveryRow[];
}

const DELIVERY_FIELDS = 14;
const DELIVERY_COLUMNS = `tenant_id, id, received_at, kind, origin_type, origin_id, origin_label, ip, user_agent, encoding,
  body, body_bytes, headers_digest, is_spilled`;

/**
 * $1 to $5 as of `INSERT_IF_CURRENT`, $6 the deliveries: inserts all of both or, where a revision differs or the span is
 * missed, none. The row counted at the end is that of the audit rows.
 */
export const INSERT_DELIVERIES = `
  with kept as (
    insert into event_delivery (${DELIVERY_COLUMNS})
    select d.tenant_id, d.id, d.received_at, d.kind, d.origin_type, d.origin_id, d.origin_label, d.ip::inet, d.user_agent,
      d.encoding, d.body, d.body_bytes, d.headers_digest, d.is_spilled
    from unnest($6::gate_delivery_record[]) as d
    where statement_timestamp() >= $3 and statement_timestamp() < $4
      and (select count(*) from unnest($1::uuid[], $2::int8[]) as u(tenant_id, revision)
           join gate_revision g on g.tenant_id = u.tenant_id and g.revision = u.revision) = cardinality($1::uuid[])
  )
  ${INSERT_IF_CURRENT}`;

export const INSERT_DELIVERIES_TYPES = [...INSERT_IF_CURRENT_TYPES, OID.unspecified];

/** The message that executes `INSERT_DELIVERIES`; valid until the writer's next use. */
export function writeDeliveries(
  writer: BindWriter,
  statement: string,
  oids: { record: number; delivery: number },
  batch: DeliveryBatch,
): Buffer {
  writer.begin(statement, INSERT_DELIVERIES_TYPES.length);
  writer.uuids([...batch.revisions.keys()]);
  writer.int8s([...batch.revisions.values()]);
  writer.timestamp(batch.notBeforeMs);
  writer.timestamp(batch.notAfterMs);
  writer.records(oids.record, RECORD_FIELDS, batch.rows, (row) => writeRecord(writer, row));
  writer.records(oids.delivery, DELIVERY_FIELDS, batch.deliveries, (row) => {
    writer.uuidField(row.tenantId);
    writer.uuidField(row.id);
    writer.timestampField(row.receivedAtMs);
    writer.textField(row.kind);
    writer.textField(row.originType);
    writer.uuidField(row.originId);
    writer.textField(row.originLabel);
    writer.textField(row.ip);
    writer.textField(row.userAgent);
    writer.textField(row.encoding);
    writer.bytesField(row.body);
    writer.int4Field(row.bodyBytes);
    writer.bytesField(row.headersDigest);
    writer.boolField(row.isSpilled);
  });
  return writer.finish();
}

const timeOf = (ms: number) => new Date(ms).toISOString();

/** Inserts the deliveries that are not there yet. @returns the ids of those that were new */
export async function insertDeliveries(
  sql: postgres.Sql | postgres.TransactionSql,
  deliveries: readonly DeliveryRow[],
): Promise<Set<string>> {
  if (deliveries.length === 0) return new Set();
  const rows = deliveries.map((row) => ({
    tenant_id: row.tenantId,
    id: row.id,
    received_at: timeOf(row.receivedAtMs),
    kind: row.kind,
    origin_type: row.originType,
    origin_id: row.originId,
    origin_label: row.originLabel,
    ip: row.ip,
    user_agent: row.userAgent,
    encoding: row.encoding,
    body: row.body,
    body_bytes: row.bodyBytes,
    headers_digest: row.headersDigest,
    is_spilled: row.isSpilled,
  }));
  const inserted = await sql<
    { id: string }[]
  >`insert into event_delivery ${sql(rows)} on conflict do nothing returning id`;
  return new Set(inserted.map(({ id }) => id));
}

/**
 * In the transaction in whose snapshot the decisions were made: inserts deliveries that are not there yet, their audit
 * rows, and those of what was refused. One that is there already was recorded with it.
 * @returns false where a deadline passed since the decisions
 */
export async function insertDeliveriesInSnapshot(
  tx: postgres.TransactionSql,
  { rows, deliveries, notAfterMs }: Pick<DeliveryBatch, 'rows' | 'deliveries' | 'notAfterMs'>,
): Promise<boolean> {
  const asked = new Set(deliveries.map(({ id }) => id));
  const isNew = await insertDeliveries(tx, deliveries);
  const recorded = rows.filter((row: AuditRow) => !asked.has(row.id) || isNew.has(row.id));
  return insertInSnapshot(tx, { rows: recorded, notAfterMs });
}
