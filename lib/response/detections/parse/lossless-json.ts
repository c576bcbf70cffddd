/**
 * A number as it was written. Falco's times are nanoseconds above 2^53: what JavaScript makes of 1600013430060232123
 * is another moment.
 */
export class JsonNumber {
  constructor(readonly text: string) {}

  get value(): number {
    return Number(this.text);
  }
}

export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | JsonObject;
/** Made by `JSON.parse`: `__proto__` is an own property like any other. Read it with `membersOf` and `memberOf`. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

type ParseWithSource = (
  text: string,
  reviver: (name: string, value: unknown, context: { source: string }) => unknown,
) => JsonValue;

/** @throws SyntaxError where the text is no JSON; the caller bounds its depth, since the reviver is recursive */
export function parseLossless(text: string): JsonValue {
  return (JSON.parse as ParseWithSource)(text, (_, value, context) =>
    typeof value === 'number' ? new JsonNumber(context.source) : value,
  );
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  );
}

/** An own member; never what an object inherits. */
export function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export const membersOf = (object: JsonObject): [string, JsonValue][] => Object.entries(object);

/** Compact JSON with every number as it was written. Members stand in the order of their names where asked. */
export function writeLossless(value: JsonValue, isSorted = false): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => writeLossless(item, isSorted)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = membersOf(value);
  if (isSorted) members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const written = members.map(([name, item]) => `${JSON.stringify(name)}:${writeLossless(item, isSorted)}`);
  return `{${written.join(',')}}`;
}

/** A value as people read it: texts bare, everything else as JSON. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : writeLossless(value);
}
