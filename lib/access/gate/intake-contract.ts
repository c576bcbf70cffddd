/** What the gate takes in beside questions. */
export const EVENT_KINDS = ['falco', 'alertmanager'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Where events are sent; for Falco also with a source's token behind it. */
export const EVENTS_PATH = '/v1/events/';

/** The scope that a key needs to send events. */
export const EVENTS_SCOPE = 'events:write';

export const BODY_ENCODINGS = ['identity', 'gzip', 'deflate', 'br'] as const;
export type BodyEncoding = (typeof BODY_ENCODINGS)[number];

/** Bytes of a body as sent. */
export const EVENT_BODY_MAX = 1024 * 1024;
/** Of a larger one this much is kept, so that it can be seen what it was. */
export const OVERSIZED_KEPT = 64 * 1024;

/**
 * What the gate asks of whoever reads events: a room above it, handed in by lib/processes. The gate itself only keeps
 * bodies; it never parses one that nobody is waiting for an opinion on.
 */
export interface EventReader {
  /** For `?strict=1`: what is wrong with a body, in a sentence; null where every event in it can be read. */
  problemOf(kind: EventKind, body: Uint8Array, encoding: BodyEncoding): string | null;
}
