import { type SQL, sql } from 'drizzle-orm';
import { EVENT_COLUMNS } from './columns';
import type { ExportFormat } from './contract';
import { type AuditPlan, matchesOf, scopeOf } from './filters';

/** Controls, line separators and direction marks: they forge lines and hide text where a file is printed. */
const UNSAFE = '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]';
const FORMULA_START = '^[ \\t\\r\\n\\u00a0\\ufeff]*[=+@\\uff1d\\uff0b\\uff0d\\uff20-]|^[\\t\\r]';
const pattern = (text: string) => sql.raw(`'${text}'`);

/** A cell that no spreadsheet takes for a formula (OWASP CSV injection) and that stays on its line. */
function csvCell(text: SQL): SQL {
  const isFormula = sql`${text} ~ ${pattern(FORMULA_START)}`;
  return sql`case when ${text} ~ ${pattern(`${FORMULA_START}|${UNSAFE}`)}
    then case when ${isFormula} then '''' else '' end || regexp_replace(${text}, ${pattern(UNSAFE)}, U&'\\FFFD', 'g')
    else ${text} end`;
}

function columnsFor(format: ExportFormat): SQL {
  const columns = EVENT_COLUMNS.map(({ name, read, kind }) => {
    const text = kind === 'json' ? sql`(${read})::text` : read;
    const isRisky = format === 'csv' && (kind === 'text' || kind === 'json');
    return sql`${isRisky ? csvCell(text) : text} as ${sql.identifier(name)}`;
  });
  return sql.join(columns, sql`, `);
}

/**
 * The COPY statement of an export, newest first: finished CSV, or rows in COPY's text format that become JSON in
 * lib/platform/audit/export-ndjson.ts (row_to_json costs Postgres three times what reading the row does).
 */
export function exportStatement(plan: AuditPlan, format: ExportFormat): SQL {
  const options = format === 'csv' ? sql` with (format csv, header true)` : sql``;
  return sql`copy (
    select ${columnsFor(format)} from (
      select * from public.audit_event where ${scopeOf(plan)} and ${matchesOf(plan)} order by at desc, id desc
    ) as e
  ) to stdout${options}`;
}
