import { createHash } from 'node:crypto';
import type { FalcoEvent } from './falco-event';
import { type JsonObject, membersOf, writeLossless } from './lossless-json';

const SEPARATOR = '\u001f';
const IDENTITY_VERSION = '1';

/** When it happened stands in `time`; sidekick and Falco write these fields differently. */
const isTimeField = (name: string) => name === 'evt.time' || name.startsWith('evt.time.');

function canonical(values: JsonObject): string {
  const members = membersOf(values)
    .filter(([name]) => !isTimeField(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return members.map(([name, value]) => `${JSON.stringify(name)}:${writeLossless(value, true)}`).join(',');
}

/** SHA-256 of parts that cannot run into each other. */
export function digestOfParts(parts: readonly string[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts)
    hash
      .update(`${Buffer.byteLength(part)}${SEPARATOR}`)
      .update(part)
      .update(SEPARATOR);
  return hash.digest();
}

/**
 * What makes two deliveries the same event: source, rule, time with its nine decimals, host and fields. falcosidekick's
 * `uuid` is new on every receipt and says nothing. Null where the event has no time: two of them may be two events.
 */
export function identityOf(event: FalcoEvent): Buffer | null {
  if (event.time.ms === null) return null;
  const { source, rule, time, hostname, values } = event;
  return digestOfParts([IDENTITY_VERSION, source, rule, time.text, hostname ?? '', canonical(values)]);
}
