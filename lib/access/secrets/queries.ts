import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type ReadTx, readTenant } from '@/db/scope';
import { keyLink } from '@/lib/access/api-keys/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import { isId } from '@/lib/platform/core/ids';
import {
  type ListSecretsInput,
  listSecretsInput,
  type SecretConsumerDto,
  type SecretDetailDto,
  type SecretDto,
  type SecretListDto,
} from './contract';
import { secretWhere } from './secret-filter';
import { secretNotFound } from './secret-store';
import { ownerId, secretStatus, statusRank } from './status-sql';

type Row = Record<string, unknown>;

const isoOf = (column: SQL) => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
/** Where the list goes on: dates beyond every real one stand for none. */
const dueOrLast = sql`coalesce(s.due_at, 'infinity'::timestamptz)`;

/** One row as `secretDto`, over `secret s`, `secret_backend b` and the owner `u`. */
const columns = sql`s.id, s.name, s.path, json_build_object('id', b.id, 'kind', b.kind, 'name', b.name) as backend, s.kind,
  s.exposure, s.model, ${secretStatus} as status,
  case when u.id is not null then json_build_object('userId', u.id, 'name', u.display_name) end as owner,
  s.owner_label as "ownerLabel", s.tags, s.note, s.interval_days as "intervalDays", s.interval_from as "intervalFrom",
  s.version_label as "versionLabel", s.version_count as "versionCount", ${isoOf(sql`s.rotated_at`)} as "rotatedAt",
  s.rotated_from as "rotatedFrom", ${isoOf(sql`s.used_at`)} as "usedAt", s.is_use_known as "isUseKnown",
  ${isoOf(sql`s.due_at`)} as "dueAt", ${isoOf(sql`s.first_seen_at`)} as "firstSeenAt",
  ${isoOf(sql`s.last_seen_at`)} as "lastSeenAt", ${isoOf(sql`s.missing_at`)} as "missingAt",
  ${isoOf(sql`s.deleted_at`)} as "deletedAt", ${isoOf(sql`s.recoverable_until`)} as "recoverableUntil",
  s.is_destroyed as "isDestroyed", ${isoOf(sql`s.stuck_since`)} as "stuckSince", s.stuck_reason as "stuckReason",
  s.length_class as "lengthClass", s.why, s.line, s.finding_id as "findingId",
  (select count(*)::int from secret_consumer c where c.tenant_id = s.tenant_id and c.secret_id = s.id
    and c.removed_at is null) as consumers,
  case when s.fingerprint is not null then (select count(*)::int from secret t where t.tenant_id = s.tenant_id
    and t.fingerprint = s.fingerprint and t.missing_at is null) end as "samePlaces",
  s.version`;

const from = sql`secret s join secret_backend b on b.tenant_id = s.tenant_id and b.id = s.backend_id
  left join identity.user_account u on u.id = ${ownerId}`;

const place = z.strictObject({ rank: z.int(), due: z.string().max(40), id: z.uuid() });

function afterPlace(cursor: string | undefined): SQL {
  if (cursor === undefined) return sql``;
  const { rank, due, id } = decodeCursor(cursor, place);
  return sql`and (${statusRank}, ${dueOrLast}, s.id) > (${rank}::integer, ${due}::timestamptz, ${id}::uuid)`;
}

/** A page of secrets: what needs somebody first, then by due date. */
export async function listSecrets(actor: Actor, input: ListSecretsInput): Promise<SecretListDto> {
  requirePermission(actor, 'secrets:read');
  const { cursor, limit, ...filter } = listSecretsInput.parse(input);
  return readTenant(actor, async (tx) => {
    const rows =
      await tx.execute<Row>(sql`select ${columns}, ${statusRank} as rank, ${dueOrLast}::text as due from ${from}
      where ${secretWhere(actor.tenantId, filter)} ${afterPlace(cursor)}
      order by ${statusRank}, ${dueOrLast}, s.id limit ${limit + 1}`);
    const items = rows
      .slice(0, limit)
      .map(({ rank: _rank, due: _due, ...row }) => row as unknown as SecretDto);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items,
      nextCursor: last ? encodeCursor({ rank: last.rank, due: last.due, id: last.id }) : null,
    };
  });
}

export async function consumerList(
  tx: ReadTx,
  tenantId: string,
  secretId: string,
): Promise<SecretConsumerDto[]> {
  const rows = await tx.execute<Row>(sql`
    select c.id, c.name, c.source, ${keyLink(sql`c.tenant_id`, sql`c.key_id`)} as key,
      c.seen_version as "seenVersion", ${isoOf(sql`c.seen_at`)} as "seenAt"
    from secret_consumer c
    where c.tenant_id = ${tenantId}::uuid and c.secret_id = ${secretId}::uuid and c.removed_at is null
    order by lower(c.name), c.id limit 500`);
  return [...rows] as unknown as SecretConsumerDto[];
}

/** One secret with its consumers and the other places of its value. @throws AppError `not_found` */
export async function readSecret(tx: ReadTx, tenantId: string, id: string): Promise<SecretDetailDto> {
  if (!isId(id)) throw secretNotFound();
  const [row] = await tx.execute<Row>(
    sql`select ${columns} from ${from} where s.tenant_id = ${tenantId}::uuid and s.id = ${id}::uuid`,
  );
  if (!row) throw secretNotFound();
  const twins = await tx.execute<Row>(sql`
    select t.id, t.name, t.path, json_build_object('kind', b.kind, 'name', b.name) as backend from secret t
    join secret_backend b on b.tenant_id = t.tenant_id and b.id = t.backend_id
    join secret s on s.tenant_id = t.tenant_id and s.fingerprint = t.fingerprint and s.id <> t.id
    where t.tenant_id = ${tenantId}::uuid and s.id = ${id}::uuid and t.missing_at is null order by t.name, t.id limit 50`);
  return {
    ...(row as unknown as SecretDto),
    consumerList: await consumerList(tx, tenantId, id),
    twins: [...twins] as unknown as SecretDetailDto['twins'],
  };
}

export async function getSecret(actor: Actor, id: string): Promise<SecretDetailDto> {
  requirePermission(actor, 'secrets:read');
  return readTenant(actor, (tx) => readSecret(tx, actor.tenantId, id));
}
