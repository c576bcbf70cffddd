import { type SQL, sql } from 'drizzle-orm';
import { SCAN_KINDS, UNUSED_DAYS } from './contract';

const scanKinds = sql.join(
  SCAN_KINDS.map((kind) => sql`${kind}`),
  sql`, `,
);

/** As `freshForMs` of rules.ts: how long a complete reading of the backend says how things are. */
const freshFor = sql`case when b.kind in (${scanKinds}) then interval '35 days' else interval '26 hours' end`;

/** Past its due date, whatever else is said of it. */
export const isOverdue: SQL = sql`(s.due_at <= now() and s.missing_at is null and s.deleted_at is null)`;
/** Two weeks ahead, or a quarter of a shorter interval. */
export const isDueSoon: SQL = sql`(s.due_at > now() and s.due_at <= now() + least(interval '14 days', make_interval(hours => s.interval_days * 6))
  and s.missing_at is null and s.deleted_at is null)`;
/** Its backend notes uses, and there was none for 90 days. */
export const isUnused: SQL = sql`(s.is_use_known and s.missing_at is null and s.deleted_at is null
  and coalesce(s.used_at, s.first_seen_at) < now() - make_interval(days => ${UNUSED_DAYS}::integer))`;
/** A member with the very address that the backend names is the owner as well. */
export const ownerId: SQL = sql`coalesce(s.owner_user_id, (select a.id from identity.user_account a
  join identity.membership m on m.user_id = a.id and m.tenant_id = s.tenant_id and m.disabled_at is null
  where s.owner_label is not null and lower(a.email) = lower(s.owner_label) limit 1))`;
/** What the filter `owner` compares: a user's id, what the backend names, or `unknown`. */
export const ownerKey: SQL = sql`coalesce(${ownerId}::text, s.owner_label, 'unknown')`;
export const isEnded: SQL = sql`(s.missing_at is not null or s.deleted_at is not null)`;

/** What a secret is, over `secret s` and its `secret_backend b`; the first that applies. */
export const secretStatus: SQL = sql`case
  when s.missing_at is not null then 'gone'
  when s.deleted_at is not null then 'deleted'
  when s.rotation_state = 'failed' then 'rotation_failed'
  when s.exposure in ('plain', 'repository') then 'exposed'
  when s.rotation_state = 'open' then 'rotating'
  when s.due_at <= now() then 'overdue'
  when s.stuck_since is not null then 'stuck'
  when b.read_at is null or b.read_at < now() - ${freshFor} then 'unread'
  when s.rotated_at is null and s.model <> 'dynamic' then 'age_unknown'
  when ${isDueSoon} then 'due_soon'
  when ${isUnused} then 'unused'
  else 'current' end`;

/** The order of the list: what needs somebody first. */
export const statusRank: SQL = sql`array_position(array['rotation_failed', 'exposed', 'overdue', 'rotating', 'stuck', 'unread',
  'age_unknown', 'due_soon', 'unused', 'current', 'deleted', 'gone'], ${secretStatus})`;
