import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { SentBody } from '@/lib/access/gate/http/question';
import { BODY_ENCODINGS, EVENT_KINDS } from '@/lib/access/gate/intake-contract';

/** A delivery as it stands on disk: of its secret only the HMACs, as in the database. */
const head = z.strictObject({
  v: z.literal(1),
  requestId: z.uuid(),
  receivedAtMs: z.number(),
  events: z.enum(EVENT_KINDS),
  sentWith: z.strictObject({
    kind: z.literal('digest'),
    of: z.enum(['key', 'source']),
    publicId: z.string(),
    digests: z.record(z.string(), z.string()),
  }),
  ip: z.string(),
  clientSubject: z.string().nullable(),
  host: z.string().nullable(),
  userAgent: z.string().nullable(),
  encoding: z.enum(BODY_ENCODINGS),
  length: z.number().int(),
  headersDigest: z.string(),
});

export interface SpillEntry
  extends Omit<z.infer<typeof head>, 'v' | 'encoding' | 'length' | 'headersDigest'> {
  body: SentBody;
}

const MAGIC = 0x42574531;
/** Magic, length of the head, length of the body, CRC-32 of both: four bytes each, big-endian. */
const FRAME_BYTES = 16;

export function writeEntry({ body, ...rest }: SpillEntry): Buffer {
  const { bytes, encoding, length, headersDigest } = body;
  const json = JSON.stringify({
    v: 1,
    ...rest,
    encoding,
    length,
    headersDigest: headersDigest.toString('hex'),
  });
  const headBytes = Buffer.from(json, 'utf8');
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.writeUInt32BE(MAGIC, 0);
  frame.writeUInt32BE(headBytes.length, 4);
  frame.writeUInt32BE(bytes.length, 8);
  frame.writeUInt32BE(crc32(bytes, crc32(headBytes)), 12);
  return Buffer.concat([frame, headBytes, bytes]);
}

export interface ReadEntry {
  entry: SpillEntry;
  /** Where the next one begins. */
  end: number;
}

/** The entry at a place; null where none is whole there, as at the end that a crash tore off. */
export function readEntry(file: Buffer, at: number): ReadEntry | null {
  if (at + FRAME_BYTES > file.length || file.readUInt32BE(at) !== MAGIC) return null;
  const bodyStart = at + FRAME_BYTES + file.readUInt32BE(at + 4);
  const end = bodyStart + file.readUInt32BE(at + 8);
  if (end > file.length) return null;
  const headBytes = file.subarray(at + FRAME_BYTES, bodyStart);
  const bytes = file.subarray(bodyStart, end);
  if (crc32(bytes, crc32(headBytes)) !== file.readUInt32BE(at + 12)) return null;
  const {
    v: _,
    encoding,
    length,
    headersDigest,
    ...rest
  } = head.parse(JSON.parse(headBytes.toString('utf8')));
  const body = { bytes, encoding, length, headersDigest: Buffer.from(headersDigest, 'hex') };
  return { entry: { ...rest, body }, end };
}
