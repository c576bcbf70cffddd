import { z } from 'zod';
import { auditFilterInput } from '@/lib/platform/audit/contract';

/**
 * A bundle is NDJSON (docs/audit-log.md): a header; for each tree a `log` line and behind it its events in the order of the
 * tree; an `end`. All hashes are Base64.
 */

const count = z.number().int().min(0);
const time = z.iso.datetime();
const text = z.string();
const hashes = z.array(text).max(128);

export const bundleInput = z.strictObject({
  from: time.optional().describe('Events not before; the beginning of the log without it'),
  to: time.optional().describe('Events before; the newest signed checkpoint without it'),
  filter: auditFilterInput
    .omit({ from: true, to: true })
    .optional()
    .describe(
      'Only events that match, of the last 13 months unless from says less. The bundle then proves each of them, not that there are no others',
    ),
});
export type BundleInput = z.input<typeof bundleInput>;

const headerLine = z.strictObject({
  type: z.literal('bundle'),
  v: z.literal(1),
  tenantId: z.uuid(),
  createdAt: time,
  createdBy: text,
  from: time.nullable(),
  to: time.nullable(),
  /** `complete`: every leaf of the range is in the bundle. `inclusion`: each event is in the log. */
  proves: z.enum(['complete', 'inclusion']),
  filter: z.record(z.string(), z.unknown()).nullable(),
  retired: z.array(
    z.strictObject({ from: time, to: time, leaves: count, requestedBy: text, approvedBy: text }),
  ),
});
export type BundleHeader = z.infer<typeof headerLine>;

const logLine = z.strictObject({
  type: z.literal('log'),
  origin: text,
  size: count,
  /** A signed note, verbatim. */
  checkpoint: text,
  /** The checkpoint's place in the log of the installation, whose own one is cosigned; null: not entered yet. */
  entry: z.strictObject({ checkpoint: text, index: count, proof: hashes }).nullable(),
  /** Leaves `[begin, end)` follow, with the hashes of the subtrees on both sides; empty where single events do. */
  begin: count,
  end: count,
  left: hashes,
  right: hashes,
  lost: z.array(z.strictObject({ origin: text, from: count, to: count })),
});
export type BundleLog = z.infer<typeof logLine>;

const value = z.string().nullable().default(null);
const integer = z.number().int().nullable().default(null);
/** As lib/platform/sealing/leaf/sealed-event.ts; fields without a value are left out. */
const sealedEvent = z.strictObject({
  ...{ tenantId: text, at: text, id: text, recordedAt: text, category: text, action: text, outcome: text },
  ...{ code: value, actorType: text, actorId: value, actorLabel: value, sessionId: value, keyId: value },
  ...{ keyVersionId: value, ip: value, userAgent: value, method: value, host: value, path: value },
  ...{ status: integer, durationUs: integer, targetType: value, targetId: value, targetLabel: value },
  ...{ reason: value, requestId: text, details: value, schemaVersion: z.number().int() },
});

const valueOpening = z.union([z.strictObject({ salt: text }), z.strictObject({ hash: text })]);
const eventLine = z.strictObject({
  type: z.literal('event'),
  index: count,
  hash: text,
  /** Opens the personal fields; `fields` instead where some were erased. */
  salt: text.optional(),
  fields: z
    .record(z.string(), z.union([valueOpening, z.strictObject({ members: z.array(valueOpening) })]))
    .optional(),
  proof: hashes.optional(),
  event: sealedEvent,
});
export type BundleEvent = z.infer<typeof eventLine>;

/** A leaf whose event is no longer there. */
const gapLine = z.strictObject({ type: z.literal('gap'), index: count, hash: text, at: text });

export const bundleLine = z.discriminatedUnion('type', [
  headerLine,
  logLine,
  eventLine,
  gapLine,
  z.strictObject({ type: z.literal('end'), events: count, gaps: count }),
]);
export type BundleLine = z.infer<typeof bundleLine>;
