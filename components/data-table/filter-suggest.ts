import type { FilterKey } from './data-view-types';
import { type FilterClause, parseFilter, serializeClause } from './filter-grammar';

export interface FilterSuggestion {
  /** What the input holds after it is chosen. */
  insert: string;
  label: string;
  hint?: string;
  /** True when choosing it finishes the clause. */
  complete: boolean;
}

const LIMIT = 12;

/** Which key and which beginning of a value are being typed; null while a key is being typed. */
export function draftTarget(draft: string): { key: string; prefix: string; exclude: boolean } | null {
  const match = /^(-?)([A-Za-z][A-Za-z0-9_.]*):"?(.*?)"?$/s.exec(draft.trimStart());
  if (!match) return null;
  return { exclude: match[1] === '-', key: match[2] ?? '', prefix: match[3] ?? '' };
}

/** Completions for what stands in the filter input: keys first, then values of the chosen key. */
export function suggest(
  draft: string,
  keys: readonly FilterKey[],
  values: readonly { value: string; label?: string; count?: number }[],
): FilterSuggestion[] {
  const target = draftTarget(draft);
  if (target) return suggestValues(target, values);
  const exclude = draft.trimStart().startsWith('-');
  const word = draft.trim().replace(/^-/, '').toLowerCase();
  return keys
    .filter(({ key, label }) => key.toLowerCase().startsWith(word) || label.toLowerCase().includes(word))
    .slice(0, LIMIT)
    .map(({ key, label }) => ({
      insert: `${exclude ? '-' : ''}${key}:`,
      label: `${exclude ? '-' : ''}${key}:`,
      hint: label,
      complete: false,
    }));
}

function suggestValues(
  target: { key: string; prefix: string; exclude: boolean },
  values: readonly { value: string; label?: string; count?: number }[],
): FilterSuggestion[] {
  const word = target.prefix.toLowerCase();
  return values
    .filter(({ value, label }) => `${value} ${label ?? ''}`.toLowerCase().includes(word))
    .slice(0, LIMIT)
    .map(({ value, label, count }) => ({
      insert: serializeClause({ key: target.key, value, exclude: target.exclude }),
      label: label ?? value,
      hint: count === undefined ? (label && label !== value ? value : undefined) : count.toLocaleString('en'),
      complete: true,
    }));
}

/** The clauses of a finished draft; a key the view does not know becomes free text. */
export function draftClauses(draft: string, keys: readonly FilterKey[]): FilterClause[] {
  const known = new Set(keys.map(({ key }) => key));
  return parseFilter(draft).map((clause) =>
    clause.key !== null && !known.has(clause.key)
      ? { key: null, value: `${clause.key}:${clause.value}`, exclude: clause.exclude }
      : clause,
  );
}
