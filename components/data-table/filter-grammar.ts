/** `actor:ada` keeps rows, `-actor:ada` leaves rows out; a word without a key searches in all text. */
export interface FilterClause {
  /** Null for free text. */
  key: string | null;
  value: string;
  exclude: boolean;
}

const KEY = /^[A-Za-z][A-Za-z0-9_.]*$/;
const FIELD = /^([A-Za-z][A-Za-z0-9_.]*):/;
const BARE = /^[^\s"\\]+$/;

export function isFilterKey(key: string): boolean {
  return KEY.test(key);
}

/**
 * Reads filter text. It never fails: what is not `key:value` is free text, and an open quote ends with the
 * text. Inside quotes `\"` and `\\` stand for the characters themselves.
 */
export function parseFilter(text: string): FilterClause[] {
  const clauses: FilterClause[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const start = at;
    const exclude = text.charAt(at) === '-' && at + 1 < text.length && !/\s/.test(text.charAt(at + 1));
    if (exclude) at += 1;
    const key = FIELD.exec(text.slice(at))?.[1] ?? null;
    if (key) at += key.length + 1;
    const word = readWord(text, at);
    at = word.end;
    if (word.value === '' && !word.quoted) {
      const raw = text.slice(start, at);
      if (raw !== '') clauses.push({ key: null, value: raw, exclude: false });
      continue;
    }
    clauses.push({ key, value: word.value, exclude });
  }
  return clauses;
}

function readWord(text: string, start: number): { value: string; end: number; quoted: boolean } {
  if (text.charAt(start) !== '"') {
    let end = start;
    while (end < text.length && !/\s/.test(text.charAt(end))) end += 1;
    return { value: text.slice(start, end), end, quoted: false };
  }
  let value = '';
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') {
    if (text.charAt(at) === '\\' && at + 1 < text.length) at += 1;
    value += text.charAt(at);
    at += 1;
  }
  return { value, end: Math.min(at + 1, text.length), quoted: true };
}

function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function needsQuotes(clause: FilterClause): boolean {
  if (!BARE.test(clause.value)) return true;
  if (clause.key !== null) return false;
  return clause.value.startsWith('-') || FIELD.test(clause.value);
}

/** The text of one clause, quoted only where it must be. */
export function serializeClause(clause: FilterClause): string {
  const value = needsQuotes(clause) ? quote(clause.value) : clause.value;
  return `${clause.exclude ? '-' : ''}${clause.key === null ? '' : `${clause.key}:`}${value}`;
}

/** The inverse of parseFilter: `parseFilter(serializeFilter(c))` equals `c`. */
export function serializeFilter(clauses: readonly FilterClause[]): string {
  return clauses.map(serializeClause).join(' ');
}

function same(a: FilterClause, b: FilterClause): boolean {
  return a.key === b.key && a.value === b.value;
}

/** Adds a clause; the same value with the other sign gives way, the same clause is not added twice. */
export function addClause(clauses: readonly FilterClause[], clause: FilterClause): FilterClause[] {
  return [...clauses.filter((other) => !same(other, clause)), clause];
}

export function removeClause(clauses: readonly FilterClause[], clause: FilterClause): FilterClause[] {
  return clauses.filter((other) => !(same(other, clause) && other.exclude === clause.exclude));
}

/** Whether a value is kept (`include`), left out (`exclude`) or not mentioned (null). */
export function clauseState(
  clauses: readonly FilterClause[],
  key: string,
  value: string,
): 'include' | 'exclude' | null {
  const found = clauses.find((clause) => clause.key === key && clause.value === value);
  if (!found) return null;
  return found.exclude ? 'exclude' : 'include';
}
