/** One changed field: its path as in `limits.0.max`, and the values as JSON; undefined where it was not there. */
export interface FieldChange {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));

/** The fields in which two values differ, in the order of the first. Lists are compared whole. */
export function changesBetween(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) =>
      changesBetween(before[name], after[name], path ? `${path}.${name}` : name),
    );
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path, before: text(before), after: text(after) }];
}

export interface SplitDetails {
  changes: FieldChange[];
  /** What the event carries beside `before` and `after`. */
  rest: Record<string, unknown>;
}

export function splitDetails(details: Record<string, unknown> | null): SplitDetails {
  const { before, after, ...rest } = details ?? {};
  const isChange = isObject(before) || isObject(after);
  if (!isChange) return { changes: [], rest: details ?? {} };
  return { changes: changesBetween(before ?? {}, after ?? {}), rest };
}
