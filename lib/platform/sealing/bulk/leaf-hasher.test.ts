import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SealableRows } from '@/lib/platform/audit/sealable-rows';
import { encodeLeaf } from '../leaf/encode-leaf';
import { SALT_BYTES, type SealedEvent } from '../leaf/sealed-event';
import { arbitraryEvent } from '../test/arbitrary-event';
import { copyMessage } from '../test/copy-message';
import { leafHash } from '../tlog/merkle';
import { HashLanes } from './hash-lanes';
import { LeafHasher } from './leaf-hasher';
import { eventOfRow } from './row-event';

const TENANT = '01930000-0000-7000-8000-00000000be00';

function rowsOf(events: readonly SealedEvent[]): SealableRows {
  const rows = new SealableRows();
  for (const [i, event] of events.entries()) rows.add(copyMessage(event, i === 0));
  return rows;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('HashLanes', () => {
  it('hashes as OpenSSL does, whatever the lengths and however many wait', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1200), { minLength: 1, maxLength: 40 }), (lengths) => {
        const lanes = new HashLanes(128 * 1024);
        const jobs = lengths.map((length) => {
          const message = randomBytes(length);
          const output = lanes.reserve();
          lanes.bytes.set(message, lanes.at);
          lanes.end(length, output);
          return { message, output };
        });
        lanes.flush();
        for (const { message, output } of jobs) {
          const expected = createHash('sha256').update(message).digest('hex');
          expect(hex(lanes.bytes.subarray(output, output + 32))).toBe(expected);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('LeafHasher', () => {
  it('makes the leaves that the encoder makes', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEvent(TENANT), { minLength: 1, maxLength: 12 }), (events) => {
        const rows = rowsOf(events);
        const salts = randomBytes(events.length * SALT_BYTES);
        const output = new Uint8Array(events.length * 32);
        new LeafHasher(TENANT).hash(rows, salts, output);
        for (const [i, event] of events.entries()) {
          expect(eventOfRow(TENANT, rows, i)).toEqual(event);
          const salt = salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES);
          const expected = leafHash(encodeLeaf(event, { salt }));
          expect(hex(output.subarray(i * 32, i * 32 + 32))).toBe(hex(expected));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('also where a text is larger than its memory, and over many groups', () => {
    const [event] = fc.sample(arbitraryEvent(TENANT), { numRuns: 1, seed: 7 });
    if (!event) throw new Error('no event');
    const events = Array.from({ length: 2500 }, (_, n) => ({
      ...event,
      reason: n === 1200 ? 'r'.repeat(5_000_000) : `reason ${n}`,
    }));
    const salts = randomBytes(events.length * SALT_BYTES);
    const output = new Uint8Array(events.length * 32);
    new LeafHasher(TENANT).hash(rowsOf(events), salts, output);
    for (const n of [0, 1, 1199, 1200, 1201, 2499]) {
      const salt = salts.subarray(n * SALT_BYTES, (n + 1) * SALT_BYTES);
      const expected = leafHash(encodeLeaf({ ...event, reason: events[n]?.reason ?? null }, { salt }));
      expect(hex(output.subarray(n * 32, n * 32 + 32))).toBe(hex(expected));
    }
  });
});
