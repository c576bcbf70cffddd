import { type SQL, sql } from 'drizzle-orm';
import type { SecretFilter } from './contract';
import { isDueSoon, isEnded, isOverdue, isUnused, ownerKey, secretStatus } from './status-sql';

const listOf = (values: readonly string[]) =>
  sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );
const oneOf = (column: SQL, values: readonly string[] | undefined): SQL[] =>
  values ? [sql`${column} in (${listOf(values)})`] : [];
const noneOf = (column: SQL, values: readonly string[] | undefined): SQL[] =>
  values ? [sql`${column} not in (${listOf(values)})`] : [];

const TEXT = sql`concat_ws(E'\\n', s.name, s.path, s.owner_label, b.name)`;
const withText = (texts: readonly string[] | undefined): SQL[] =>
  (texts ?? []).map((text) => sql`${TEXT} ilike ${`%${text.replace(/[\\%_]/g, '\\$&')}%`}`);

/**
 * The conditions of a filter over `secret s` and `secret_backend b`. Ended secrets are left out unless a status asks for them.
 * @param without a facet counts what there would be without its own filter
 */
export function secretWhere(tenantId: string, filter: SecretFilter, without?: keyof SecretFilter): SQL {
  const given: SecretFilter = without === undefined ? filter : { ...filter, [without]: undefined };
  const asksForEnded = given.status?.some((one) => one === 'gone' || one === 'deleted');
  const parts: SQL[] = [
    sql`s.tenant_id = ${tenantId}::uuid`,
    ...(asksForEnded ? [] : [sql`not ${isEnded}`]),
    ...oneOf(secretStatus, given.status),
    ...noneOf(secretStatus, given['status!']),
    ...oneOf(sql`b.kind`, given.backend),
    ...noneOf(sql`b.kind`, given['backend!']),
    ...oneOf(sql`s.exposure`, given.exposure),
    ...noneOf(sql`s.exposure`, given['exposure!']),
    ...oneOf(sql`s.kind`, given.kind),
    ...noneOf(sql`s.kind`, given['kind!']),
    ...oneOf(ownerKey, given.owner),
    ...noneOf(ownerKey, given['owner!']),
    ...(given.tag ? [sql`s.tags && array[${listOf(given.tag)}]::text[]`] : []),
    ...(given.source ? [sql`s.backend_id = ${given.source}::uuid`] : []),
    ...(given.due === 'overdue' ? [isOverdue] : given.due === 'soon' ? [isDueSoon] : []),
    ...(given.use === 'unused' ? [isUnused] : []),
    ...(given.same
      ? [
          sql`s.fingerprint = (select f.fingerprint from secret f where f.tenant_id = ${tenantId}::uuid and f.id = ${given.same}::uuid)`,
        ]
      : []),
    ...withText(given.q),
    ...withText(given['q!']).map((one) => sql`not (${one})`),
  ];
  return sql.join(parts, sql` and `);
}
