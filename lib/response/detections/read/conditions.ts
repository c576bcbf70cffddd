import { type SQL, sql } from 'drizzle-orm';
import { DETECTION_SEVERITIES } from '@/lib/response/detections/contract';

/** Conditions by the field of the filter that they come from. */
export type Conditions = Map<string, SQL>;

const all = (parts: readonly SQL[]): SQL =>
  parts.length === 0 ? sql`true` : sql.join([...parts], sql` and `);

/** Everything but some fields. */
export function except(conditions: Conditions, ...fields: string[]): SQL {
  return all([...conditions].filter(([field]) => !fields.includes(field)).map(([, condition]) => condition));
}

export const only = (conditions: Conditions, fields: readonly string[]): SQL =>
  all([...conditions].filter(([field]) => fields.includes(field)).map(([, condition]) => condition));

const texts = (values: readonly string[]) =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;

/** `column` is one of the values, and none of those that are left out. */
export function matches(
  column: SQL,
  wanted: readonly string[] | undefined,
  unwanted: readonly string[] | undefined,
): SQL | null {
  const parts = [
    ...(wanted ? [sql`${column} in ${texts(wanted)}`] : []),
    ...(unwanted ? [sql`(${column} is null or ${column} not in ${texts(unwanted)})`] : []),
  ];
  return parts.length === 0 ? null : all(parts);
}

/** A list in `column` holds one of the values, and none of those that are left out. */
export function holds(
  column: SQL,
  wanted: readonly string[] | undefined,
  unwanted: readonly string[] | undefined,
): SQL | null {
  const list = (values: readonly string[]) => sql`array${texts(values)}`;
  const parts = [
    ...(wanted ? [sql`${column} && ${list(wanted)}`] : []),
    ...(unwanted ? [sql`not (${column} && ${list(unwanted)})`] : []),
  ];
  return parts.length === 0 ? null : all(parts);
}

/** Letters of any case: all of the wanted texts, none of the unwanted ones. */
export function says(
  text: SQL,
  wanted: readonly string[] = [],
  unwanted: readonly string[] = [],
): SQL | null {
  const has = (value: string) => sql`strpos(lower(${text}), lower(${value}::text)) > 0`;
  const parts = [...wanted.map(has), ...unwanted.map((value) => sql`not ${has(value)}`)];
  return parts.length === 0 ? null : all(parts);
}

export function setCondition(conditions: Conditions, field: string, condition: SQL | null): void {
  if (condition) conditions.set(field, condition);
}

const ranks = (severities: readonly string[]) =>
  severities.map((one) => (DETECTION_SEVERITIES as readonly string[]).indexOf(one));
const rankList = (severities: readonly string[]) => sql.raw(`(${ranks(severities).join(', ')})`);

/** By rank: what the indexes hold. */
export function rankMatches(
  column: SQL,
  wanted: readonly string[] | undefined,
  unwanted: readonly string[] | undefined,
): SQL | null {
  const parts = [
    ...(wanted ? [sql`${column} in ${rankList(wanted)}`] : []),
    ...(unwanted ? [sql`${column} not in ${rankList(unwanted)}`] : []),
  ];
  return parts.length === 0 ? null : all(parts);
}

export const isoMicros = (column: SQL): SQL<string> =>
  sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export const moment = (ms: number): SQL => sql`${new Date(ms).toISOString()}::timestamptz`;
