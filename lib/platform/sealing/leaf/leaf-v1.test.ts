import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryEvent } from '../test/arbitrary-event';
import { fromBase64, toBase64, toHex } from '../tlog/bytes';
import { leafHash } from '../tlog/merkle';
import { encodeLeaf } from './encode-leaf';
import { jsonMembers } from './json-members';
import { fieldSalt, memberSalt, valueHash } from './leaf-v1';
import { type FieldOpenings, PERSONAL_FIELDS, type SealedEvent } from './sealed-event';

const TENANT = '01930000-0000-7000-8000-00000000be00';
interface Golden {
  name: string;
  event: SealedEvent;
  salt: string;
  leaf: string;
  hash: string;
}
const golden: Golden[] = JSON.parse(
  readFileSync(join(process.cwd(), 'lib/platform/sealing/leaf/golden/v1.json'), 'utf8'),
);
const saltOf = (base64: string) => fromBase64(base64) ?? new Uint8Array();

describe('leaves of version 1', () => {
  it.each(golden)('are what they always were: $name', ({ event, salt, leaf, hash }) => {
    const bytes = encodeLeaf(event, { salt: saltOf(salt) });
    expect(new TextDecoder().decode(bytes)).toBe(leaf);
    expect(toHex(leafHash(bytes))).toBe(hash);
  });

  it('are canonical JSON: names in order, nothing of a person in clear', () => {
    fc.assert(
      fc.property(arbitraryEvent(TENANT), (event) => {
        const text = new TextDecoder().decode(encodeLeaf(event, { salt: new Uint8Array(16) }));
        const parsed: Record<string, unknown> = JSON.parse(text);
        expect(Object.keys(parsed)).toEqual(Object.keys(parsed).toSorted());
        expect(JSON.stringify(parsed)).toBe(text);
        for (const field of PERSONAL_FIELDS) expect(parsed).not.toHaveProperty(field);
      }),
    );
  });

  it('differ for another salt, and for each field that is changed', () => {
    const [first] = golden;
    if (!first) throw new Error('no golden leaf');
    const salt = saltOf(first.salt);
    const leaf = toHex(encodeLeaf(first.event, { salt }));
    expect(toHex(encodeLeaf(first.event, { salt: new Uint8Array(16) }))).not.toBe(leaf);
    for (const [name, value] of Object.entries(first.event)) {
      const changed = typeof value === 'number' ? value + 1 : `${value ?? ''}x`;
      expect(toHex(encodeLeaf({ ...first.event, [name]: changed }, { salt })), name).not.toBe(leaf);
      if (value !== null && name !== 'schemaVersion') {
        expect(toHex(encodeLeaf({ ...first.event, [name]: null }, { salt })), name).not.toBe(leaf);
      }
    }
  });
});

/** What an erasure leaves: the salts of the other fields, and the hash of the erased one. */
function erased(
  event: SealedEvent,
  salt: Uint8Array,
  gone: string,
): { event: SealedEvent; fields: FieldOpenings } {
  const fields: FieldOpenings = {};
  const after = { ...event };
  for (const [n, field] of PERSONAL_FIELDS.entries()) {
    const value = event[field];
    if (value === null) continue;
    const own = fieldSalt(salt, n);
    if (field === 'details' && gone.startsWith('details.')) {
      const members = jsonMembers(value) ?? [];
      const name = JSON.stringify(gone.slice('details.'.length));
      fields.details = {
        members: members.map((member, i) =>
          member.startsWith(`${name}:`)
            ? { hash: toBase64(valueHash(memberSalt(own, i), member)) }
            : { salt: toBase64(memberSalt(own, i)) },
        ),
      };
      after.details = `{${members.filter((member) => !member.startsWith(`${name}:`)).join(',')}}`;
    } else if (field === gone) {
      fields[field] = { hash: toBase64(valueHash(own, value)) };
      after[field] = null;
    } else fields[field] = { salt: toBase64(own) };
  }
  return { event: after, fields };
}

describe('after an erasure', () => {
  const event: SealedEvent = {
    ...(golden[1]?.event as SealedEvent),
    details: '{"n": 1.0, "email": "ada@example.org", "nested": {"a": [1, 2.50]}}',
  };
  const salt = saltOf(golden[1]?.salt ?? '');
  const leaf = toHex(encodeLeaf(event, { salt }));

  it.each([...PERSONAL_FIELDS.filter((field) => field !== 'details'), 'details.email', 'details.n'])(
    'of %s the leaf is the same, and nothing of the value is left',
    (gone) => {
      const { event: after, fields } = erased(event, salt, gone);
      expect(toHex(encodeLeaf(after, { fields }))).toBe(leaf);
      if (gone === 'details.email') expect(JSON.stringify([after.details, fields])).not.toContain('ada@');
    },
  );

  it('the other fields are still held to what was sealed', () => {
    const { event: after, fields } = erased(event, salt, 'actorLabel');
    for (const field of PERSONAL_FIELDS) {
      if (after[field] === null) continue;
      const changed = { ...after, [field]: field === 'details' ? '{"n": 1}' : `${after[field]}x` };
      expect(toHex(encodeLeaf(changed, { fields })), field).not.toBe(leaf);
    }
    expect(toHex(encodeLeaf({ ...after, action: 'x' }, { fields }))).not.toBe(leaf);
  });
});

describe('members of JSON', () => {
  it.each([
    ['{}', []],
    ['{"a": 1.0, "b": {"c": "},{"}, "d": [1, "]"]}', ['"a":1.0', '"b":{"c": "},{"}', '"d":[1, "]"]']],
    [' { "a\\"b" : null } ', ['"a\\"b":null']],
    ['[1, 2]', null],
    ['"text"', null],
    ['null', null],
    ['{"a": 1} more', null],
    ['{"a": 1', null],
  ])('of %s', (text, members) => expect(jsonMembers(text)).toEqual(members));

  it('put together again are the same object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const members = jsonMembers(JSON.stringify(value)) ?? [];
        expect(JSON.parse(`{${members.join(',')}}`)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
