import { JsonNumber, type JsonObject, type JsonValue, memberOf, membersOf, textOf } from './lossless-json';

/** One field of an event as people read it; `text` of a number is how it was written. */
export interface EventField {
  name: string;
  text: string;
  kind: 'text' | 'number' | 'boolean' | 'list' | 'object' | 'null';
}

export const FIELDS_MAX = 512;
const NAME_MAX = 200;

function kindOf(value: JsonValue): EventField['kind'] {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  if (value instanceof JsonNumber) return 'number';
  return Array.isArray(value) ? 'list' : 'object';
}

/** Text that Postgres stores and a page shows: well-formed and without NUL. */
export function storableText(text: string, max = Number.POSITIVE_INFINITY): string {
  const cut = text.length > max ? text.slice(0, max) : text;
  return cut.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

/** Controls, line ends, and what is not seen but turns the direction of what stands beside it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** A text for a label or a message: on one line, without what is not seen. */
export function oneLine(text: string, max: number): string {
  return text.replace(UNSEEN, ' ').trim().slice(0, max).toWellFormed();
}

/** The fields of an event, at most 512 of them. @returns whether some were left out */
export function fieldsOf(object: JsonObject): { fields: EventField[]; isCut: boolean } {
  const members = membersOf(object);
  const fields = members.slice(0, FIELDS_MAX).map(([name, value]) => ({
    name: storableText(name, NAME_MAX),
    text: storableText(textOf(value)),
    kind: kindOf(value),
  }));
  return { fields, isCut: members.length > FIELDS_MAX };
}

/** What Falco writes for what it does not know. */
const isUnknown = (text: string) => text === '' || text === '<NA>' || text === '<missing>';

/** A field as one short text: of a list its only item; null where it is absent, unknown, or no single value. */
export function scalarOf(object: JsonObject, name: string): string | null {
  let value = memberOf(object, name);
  if (Array.isArray(value) && value.length === 1) [value] = value;
  if (value instanceof JsonNumber) return value.text;
  if (typeof value !== 'string' || isUnknown(value)) return null;
  return storableText(value);
}

/** A member by its name in letters of any case: some writers say `Rule`. The exact name goes first. */
export function memberLike(object: JsonObject, name: string): JsonValue | undefined {
  const exact = memberOf(object, name);
  if (exact !== undefined) return exact;
  return membersOf(object).find(([key]) => key.toLowerCase() === name)?.[1];
}
