import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type { Permission } from '@/lib/platform/auth/contract';
import { LEVELS, type Level, type StandingItemDto } from './contract';
import { countedText } from './rules';

/** What is there now of a fact. Times are ISO 8601. */
export interface Found {
  count: number;
  level: Level;
  /** The first of them, most urgent first. */
  names: string[];
  since: string | null;
  until: string | null;
}

/** One row for each owner that is known, the busiest first. */
export interface Person {
  who: string;
  count: number;
}

/**
 * A named predicate of a room: how many rows it holds for now, in words, and the address of the list in the console that
 * shows exactly those rows. Rooms declare theirs in `facts.ts`; whoever counts or names the rows elsewhere reads the fact.
 */
export interface Fact {
  /** Such as `keys.expiring`; unique. */
  key: string;
  /** Who may know of it; the list behind `href` asks for the same. */
  permission: Permission;
  /** What stands after the number: `key expires within 14 days`. */
  one: string;
  many: string;
  /** Said in place of a number where nothing being there is the matter; the list behind `href` is empty then. */
  absence?: string;
  /** What to do, in a sentence. */
  remedy: string;
  /** On the button that opens the list. */
  action: string;
  href: string;
  /** In the caller's transaction, whatever that is for. */
  read: (tx: ReadTx, tenantId: string) => Promise<Found>;
  /** Whose they are; left out where rows have no owner. */
  people?: (tx: ReadTx, tenantId: string) => Promise<Person[]>;
}

export const NAMES_SHOWN = 3;
const PEOPLE_SHOWN = 3;

/** A fact as rows of tables. The expressions are read within `from`. */
export interface SqlFact extends Omit<Fact, 'read' | 'people'> {
  /** What stands behind `from`: the tables, and the whole condition. */
  from: (tenantId: string) => SQL;
  name: SQL;
  /** The id of who owns the row. */
  owner?: SQL;
  since?: SQL;
  until?: SQL;
  /** Of every row, or of each by an expression that gives a level's name; the worst of them is the fact's. */
  level: Level | SQL;
  /** Most urgent first. */
  order: SQL;
}

interface Totals extends Record<string, unknown> {
  count: number;
  rank: number | null;
  since: string | null;
  until: string | null;
}

const isoOrNull = (text: string | null) => (text === null ? null : new Date(text).toISOString());
const NONE = sql`null::timestamptz`;
const RANKS = sql.raw(`array[${LEVELS.map((level) => `'${level}'`).join(', ')}]`);

function reader({ from, name, since, until, level, order }: SqlFact): Fact['read'] {
  const fixed = typeof level === 'string' ? level : null;
  const rank = typeof level === 'string' ? sql`1` : sql`array_position(${RANKS}, ${level})`;
  return async (tx, tenantId) => {
    const rows = from(tenantId);
    const [totals] = await tx.execute<Totals>(sql`
      select count(*)::integer as count, min(${rank})::integer as rank, to_json(min(${since ?? NONE})) #>> '{}' as since,
        to_json(min(${until ?? NONE})) #>> '{}' as until from ${rows}`);
    const count = totals?.count ?? 0;
    const named =
      count === 0
        ? []
        : await tx.execute<{ name: string }>(
            sql`select ${name} as name from ${rows} order by ${order} limit ${NAMES_SHOWN}`,
          );
    return {
      count,
      level: fixed ?? LEVELS[(totals?.rank ?? 1) - 1] ?? 'danger',
      names: named.map((row) => row.name),
      since: isoOrNull(totals?.since ?? null),
      until: isoOrNull(totals?.until ?? null),
    };
  };
}

function peopleReader({ from, owner }: SqlFact): Fact['people'] {
  if (!owner) return undefined;
  return async (tx, tenantId) => [
    ...(await tx.execute<Person & Record<string, unknown>>(sql`
      select u.display_name as who, count(*)::integer as count from (select ${owner} as id from ${from(tenantId)}) owned
      join identity.user_account u on u.id = owned.id
      group by u.id, u.display_name order by 2 desc, 1 limit ${PEOPLE_SHOWN}`)),
  ];
}

/** Makes a fact of the tables of a room; its count, its names and its owners come from one condition. */
export function sqlFact(definition: SqlFact): Fact {
  const { key, permission, one, many, remedy, action, href } = definition;
  return {
    ...{ key, permission, one, many, remedy, action, href },
    read: reader(definition),
    people: peopleReader(definition),
  };
}

/** A fact in words; null where it does not hold. */
export function itemOf(fact: Fact, found: Found): StandingItemDto | null {
  if (found.count === 0) return null;
  const { key, remedy, action, href } = fact;
  const { count, level, names, since, until } = found;
  return {
    key,
    level,
    count,
    text: fact.absence ?? countedText(count, fact),
    names,
    remedy,
    action,
    href,
    since,
    until,
  };
}

/** The facts that hold, in the order given. */
export async function readFacts(
  tx: ReadTx,
  tenantId: string,
  facts: readonly Fact[],
): Promise<StandingItemDto[]> {
  const items: StandingItemDto[] = [];
  for (const fact of facts) {
    const item = itemOf(fact, await fact.read(tx, tenantId));
    if (item) items.push(item);
  }
  return items;
}
