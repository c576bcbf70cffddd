/**
 * Which event each leaf of a batch is of: its time and the last four bytes of its id, which is random. Leaves of a batch are in
 * the order of (at, id), so that a time is the varint of its distance to the one before.
 */

const TAG_BYTES = 4;
const VARINT_BYTES_MAX = 8;

export interface Places {
  /** Microseconds since 2000, ascending. */
  times: Float64Array;
  tags: Uint32Array;
}

/** @param firstTime from which the first distance counts: the batch's `first_at` */
export function encodePlaces({ times, tags }: Places, firstTime: number): Uint8Array {
  const bytes = Buffer.alloc(times.length * (TAG_BYTES + VARINT_BYTES_MAX));
  let at = 0;
  let before = firstTime;
  for (let i = 0; i < times.length; i++) {
    const time = times[i] ?? 0;
    let rest = time - before;
    if (rest < 0) throw new RangeError('The leaves of a batch are not in the order of their times.');
    while (rest >= 0x80) {
      bytes[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[at++] = rest;
    at = bytes.writeUInt32BE(tags[i] ?? 0, at);
    before = time;
  }
  return bytes.subarray(0, at);
}

/** @throws RangeError where the bytes do not hold exactly so many places */
export function decodePlaces(bytes: Uint8Array, firstTime: number, leaves: number): Places {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const times = new Float64Array(leaves);
  const tags = new Uint32Array(leaves);
  let at = 0;
  let time = firstTime;
  for (let i = 0; i < leaves; i++) {
    let unit = 1;
    let byte = view.readUInt8(at++);
    for (; byte >= 0x80; byte = view.readUInt8(at++)) {
      time += (byte - 0x80) * unit;
      unit *= 0x80;
    }
    time += byte * unit;
    times[i] = time;
    tags[i] = view.readUInt32BE(at);
    at += TAG_BYTES;
  }
  if (at !== view.length) throw new RangeError('The places of a batch hold more than its leaves.');
  return { times, tags };
}
