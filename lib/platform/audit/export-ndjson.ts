import { printableJson } from '@/lib/platform/core/http/printable-json';
import { EVENT_COLUMNS } from './columns';

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const NULL = '\\N';

/** Undoes the escapes of COPY's text format (PostgreSQL documentation, COPY, "Text Format"). */
function unescapeCopy(field: string): string {
  if (!field.includes('\\')) return field;
  return field.replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** One row of COPY's text format, without its line end, as one JSON object without its line end. */
export function ndjsonLine(row: string): string {
  const fields = row.split('\t');
  let line = '';
  for (const [i, { name, kind }] of EVENT_COLUMNS.entries()) {
    const field = fields[i] ?? NULL;
    line += `${i === 0 ? '{' : ','}"${name}":`;
    if (field === NULL) line += 'null';
    else if (kind === 'plain') line += `"${field}"`;
    else if (kind === 'number') line += field;
    else line += kind === 'json' ? unescapeCopy(field) : JSON.stringify(unescapeCopy(field));
  }
  return `${printableJson(line)}}`;
}
