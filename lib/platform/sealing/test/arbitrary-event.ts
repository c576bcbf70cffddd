import fc from 'fast-check';
import { isoOfMicroseconds } from '@/lib/platform/audit/sealable-rows';
import type { SealedEvent } from '../leaf/sealed-event';

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
export const arbitraryId = hex.map(
  (all) =>
    `${all.slice(0, 8)}-${all.slice(8, 12)}-${all.slice(12, 16)}-${all.slice(16, 20)}-${all.slice(20)}`,
);
/** Text as Postgres stores it: well-formed, without NUL; quotes, controls and long ones among them. */
export const arbitraryText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom('', '"', '\\', '\u0001\u001f\u007f', '\u2028', 'é😀', 'x'.repeat(900)),
  )
  .map((text) => text.toWellFormed().replaceAll('\u0000', ''));
const time = fc.nat({ max: 4 * 10 ** 15 }).map((us) => isoOfMicroseconds(us - 10 ** 15));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const details = fc.dictionary(arbitraryText, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });

export const arbitraryEvent = (tenantId: string): fc.Arbitrary<SealedEvent> =>
  fc.record({
    tenantId: fc.constant(tenantId),
    at: time,
    id: arbitraryId,
    recordedAt: time,
    category: arbitraryText,
    action: arbitraryText,
    outcome: fc.constantFrom('success', 'denied', 'failure'),
    code: maybe(arbitraryText),
    actorType: fc.constantFrom('user', 'key', 'job'),
    actorId: maybe(arbitraryId),
    actorLabel: maybe(arbitraryText),
    sessionId: maybe(arbitraryId),
    keyId: maybe(arbitraryId),
    keyVersionId: maybe(arbitraryId),
    ip: maybe(fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', '10.0.0.0/8'))),
    userAgent: maybe(arbitraryText),
    method: maybe(fc.constantFrom('GET', 'POST')),
    host: maybe(arbitraryText),
    path: maybe(arbitraryText),
    status: maybe(fc.integer({ min: -32_768, max: 32_767 })),
    durationUs: maybe(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    targetType: maybe(arbitraryText),
    targetId: maybe(arbitraryText),
    targetLabel: maybe(arbitraryText),
    reason: maybe(arbitraryText),
    requestId: arbitraryText,
    details: maybe(details.map((value) => JSON.stringify(value))),
    schemaVersion: fc.constantFrom(1, 1, 1, 7),
  });
