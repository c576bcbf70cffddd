import { encodeLeafV1 } from './leaf-v1';
import type { Opening, SealedEvent } from './sealed-event';

/** By `schema_version`. An encoder is never changed and never removed: leaves live as long as the tree. */
const ENCODERS: Record<number, (event: SealedEvent, opening: Opening) => Uint8Array> = { 1: encodeLeafV1 };

/** The database refuses other versions; a row that has one all the same is sealed with its number, and stands out. */
export function encodeLeaf(event: SealedEvent, opening: Opening): Uint8Array {
  return (ENCODERS[event.schemaVersion] ?? encodeLeafV1)(event, opening);
}
