import { concat, fromBase64, toBase64, utf8 } from '../tlog/bytes';
import { sha256 } from '../tlog/primitives';
import { jsonMembers } from './json-members';
import {
  type FieldOpenings,
  type Opening,
  PERSONAL_FIELDS,
  type PersonalField,
  SALT_BYTES,
  type SealedEvent,
  type ValueOpening,
} from './sealed-event';

/**
 * Leaves of events with `schema_version` 1 (docs/audit-log.md): canonical JSON (RFC 8785) of the fields that name nobody, and
 * one hash over salted hashes of those that may. This file never changes; another form of leaf is another version.
 * lib/platform/sealing/bulk computes the same from rows by the thousand.
 */

const OBJECT = Uint8Array.of(1);
const OTHER = Uint8Array.of(0);
const HASH_BYTES = 32;

/** The salt of a field: half a hash of the row's salt and the number of the pair, so that no salt tells another. */
export function fieldSalt(rowSalt: Uint8Array, field: number): Uint8Array {
  const pair = sha256(concat(rowSalt, Uint8Array.of(field >> 1)));
  return pair.subarray((field & 1) * SALT_BYTES, (field & 1) * SALT_BYTES + SALT_BYTES);
}

export function memberSalt(detailsSalt: Uint8Array, member: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, member);
  return sha256(concat(detailsSalt, number)).subarray(0, SALT_BYTES);
}

export const valueHash = (salt: Uint8Array, value: string): Uint8Array => sha256(concat(salt, utf8(value)));

/** `details` is hashed member by member, so that one of them can be erased alone. */
export function detailsHash(salt: Uint8Array, details: string): Uint8Array {
  const members = jsonMembers(details);
  if (!members) return sha256(concat(OTHER, valueHash(salt, details)));
  return sha256(concat(OBJECT, ...members.map((member, i) => valueHash(memberSalt(salt, i), member))));
}

function bytesOf(base64: string, length: number): Uint8Array {
  const bytes = fromBase64(base64);
  if (bytes?.length !== length) throw new RangeError('An opening of an erased event is damaged.');
  return bytes;
}

const openedHash = (opening: ValueOpening, value: string): Uint8Array =>
  'hash' in opening ? bytesOf(opening.hash, HASH_BYTES) : valueHash(bytesOf(opening.salt, SALT_BYTES), value);

/** Erased members keep their place in the list; those that are left follow each other in the row. */
function membersHash(openings: readonly ValueOpening[], details: string | null): Uint8Array {
  const left = jsonMembers(details ?? '{}') ?? [];
  const hashes = openings.map((opening) =>
    openedHash(opening, 'hash' in opening ? '' : (left.shift() ?? '')),
  );
  return sha256(concat(OBJECT, ...hashes));
}

function openedFieldHash(
  openings: FieldOpenings,
  field: PersonalField,
  value: string | null,
): Uint8Array | null {
  const opening = openings[field];
  if (!opening) return value === null ? null : sha256(utf8(value));
  if ('members' in opening) return membersHash(opening.members, value);
  if ('hash' in opening) return bytesOf(opening.hash, HASH_BYTES);
  if (value === null) return null;
  const salt = bytesOf(opening.salt, SALT_BYTES);
  return field === 'details' ? detailsHash(salt, value) : valueHash(salt, value);
}

/** @returns null for a field that the event never had */
function personalFieldHash(event: SealedEvent, opening: Opening, n: number): Uint8Array | null {
  const field = PERSONAL_FIELDS[n];
  if (!field) return null;
  const value = event[field];
  if ('fields' in opening) return openedFieldHash(opening.fields, field, value);
  if (value === null) return null;
  const salt = fieldSalt(opening.salt, n);
  return field === 'details' ? detailsHash(salt, value) : valueHash(salt, value);
}

/** One hash over the personal fields that the event has, each behind its number. @returns null where it has none */
export function personalHash(event: SealedEvent, opening: Opening): Uint8Array | null {
  const parts = PERSONAL_FIELDS.flatMap((_, n) => {
    const hash = personalFieldHash(event, opening, n);
    return hash ? [Uint8Array.of(n), hash] : [];
  });
  return parts.length === 0 ? null : sha256(concat(...parts));
}

/** @returns the bytes whose RFC 6962 leaf hash stands in the tree */
export function encodeLeafV1(event: SealedEvent, opening: Opening): Uint8Array {
  const personal = personalHash(event, opening);
  const members: [string, string | number | null][] = [
    ['action', event.action],
    ['actorId', event.actorId],
    ['actorType', event.actorType],
    ['at', event.at],
    ['category', event.category],
    ['code', event.code],
    ['durationUs', event.durationUs],
    ['id', event.id],
    ['keyId', event.keyId],
    ['keyVersionId', event.keyVersionId],
    ['method', event.method],
    ['outcome', event.outcome],
    ['personal', personal ? toBase64(personal) : null],
    ['recordedAt', event.recordedAt],
    ['requestId', event.requestId],
    ['sessionId', event.sessionId],
    ['status', event.status],
    ['targetType', event.targetType],
    ['tenantId', event.tenantId],
    ['v', event.schemaVersion],
  ];
  const written = members.filter(([, value]) => value !== null);
  return utf8(`{${written.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join(',')}}`);
}
