import { type SQL, sql } from 'drizzle-orm';
import { EVENT_COLUMNS } from './columns';
import type { ExportFormat } from './contract';
import { type AuditPlan, matchesOf, scopeOf } from './filters';

/** Controls, line separators and direction marks: they forge lines and hide text where an export is printed. */
const UNSAFE = '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]';
const FORMULA_START = '^[ \\t\\r\\n\\u00a0\\ufeff]*[=+@\\uff1d\\uff0b\\uff0d\\uff20-]|^[\\t\\r]';

/** A cell that no spreadsheet takes for a formula (OWASP CSV injection) and that stays on its line. */
function csvCell(text: SQL): SQL {
  const safe = sql`regexp_replace(${text}, ${sql.raw(`'${UNSAFE}'`)}, U&'\\FFFD', 'g')`;
  return sql`case when ${text} ~ ${sql.raw(`'${FORMULA_START}'`)} then '''' || ${safe}
    when ${text} ~ ${sql.raw(`'${UNSAFE}'`)} then ${safe} else ${text} end`;
}

function csvColumns(): SQL {
  const columns = EVENT_COLUMNS.map(({ name, read, isText }) => {
    const cell = name === 'details' ? sql`e.details::text` : read;
    return sql`${isText ? csvCell(cell) : cell} as ${sql.identifier(name)}`;
  });
  return sql.join(columns, sql`, `);
}

/** JSON escapes the controls below U+0020 itself; the other unsafe characters are escaped here, in the rows that have any. */
function jsonLine(): SQL {
  const unsafe = sql.raw(`'${UNSAFE}'`);
  const columns = EVENT_COLUMNS.map(({ name, read }) => sql`${read} as ${sql.identifier(name)}`);
  const texts = EVENT_COLUMNS.filter(({ isText }) => isText).map(({ name, read }) =>
    name === 'details' ? sql`e.details::text ~ ${unsafe}` : sql`${read} ~ ${unsafe}`,
  );
  const line = sql`(select row_to_json(row)::text from (select ${sql.join(columns, sql`, `)}) as row)`;
  return sql`case when ${sql.join(texts, sql` or `)} then (
      select string_agg(case when c ~ ${unsafe} then '\\u' || lpad(to_hex(ascii(c)), 4, '0') else c end, '' order by n)
      from regexp_split_to_table(${line}, '') with ordinality as letters(c, n)
    ) else ${line} end`;
}

/**
 * The COPY statement of an export, newest first. NDJSON leaves as CSV of one column whose quote and delimiter are
 * control characters: JSON text holds neither, so every line leaves as it is.
 */
export function exportStatement(plan: AuditPlan, format: ExportFormat): SQL {
  const source = sql`from (
    select * from public.audit_event where ${scopeOf(plan)} and ${matchesOf(plan)} order by at desc, id desc
  ) as e`;
  if (format === 'csv')
    return sql`copy (select ${csvColumns()} ${source}) to stdout with (format csv, header true)`;
  return sql`copy (select ${jsonLine()} ${source}) to stdout with (format csv, delimiter E'\\x02', quote E'\\x01')`;
}
