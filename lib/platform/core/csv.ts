/** Controls, line separators and direction marks: they forge lines and hide text where a file is printed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
/** What a spreadsheet takes for the beginning of a formula, in any width (OWASP, CSV Injection). */
const FORMULA_START = /^[ \t\r\n\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/;

export type CsvCell = string | number | boolean | null;

/** A cell as RFC 4180 writes it: a text stays on its line and is no formula, null is empty. */
function cell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = `${FORMULA_START.test(value) ? "'" : ''}${value.replaceAll(UNSAFE, '\ufffd')}`;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line with its end. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(cell).join(',')}\r\n`;
