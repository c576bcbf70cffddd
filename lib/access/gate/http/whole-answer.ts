import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { SECOND_MS } from '@/lib/platform/core/clock';

/** How long a connection without a request is kept; the answers say so. */
export const KEEP_ALIVE_MS = 75_000;
const KEEP_ALIVE = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / SECOND_MS}\r\n\r\n`;

const remembered = new WeakMap<readonly string[], string>();

/**
 * Raw pairs as lines of a head.
 * @throws TypeError, as Node does, for what must not stand in a header, such as a line break
 */
export function headLines(pairs: readonly string[]): string {
  let lines = '';
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? '';
    const value = pairs[i + 1] ?? '';
    validateHeaderName(name);
    validateHeaderValue(name, value);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** The same for a list that many answers have in common: written and checked once. */
export function sharedHeadLines(pairs: readonly string[]): string {
  const known = remembered.get(pairs);
  if (known !== undefined) return known;
  const lines = headLines(pairs);
  remembered.set(pairs, lines);
  return lines;
}

let dateSecond = -1;
let dateLine = '';

function currentDateLine(): string {
  const second = Math.floor(Date.now() / SECOND_MS);
  if (second !== dateSecond) {
    dateSecond = second;
    dateLine = `Date: ${new Date(second * SECOND_MS).toUTCString()}\r\n`;
  }
  return dateLine;
}

/** Where Node keeps the head of an answer until its first write; `_last` ends the connection behind it. */
interface WithHead {
  _header: string | null;
}

/**
 * Sends status 200 in one write of one text. What Node does for each header of each answer (checking it, looking for
 * the names it knows) was done once, by `sharedHeadLines`. The answer is the same to the byte.
 * @param lines of the head, each ended with CR LF @param body in ASCII, of the length that `lines` say
 */
export function sendWhole(response: ServerResponse, lines: string, body: string): void {
  const head = `HTTP/1.1 200 OK\r\n${lines}${currentDateLine()}${KEEP_ALIVE}`;
  (response as unknown as WithHead)._header = head + body;
  response.end();
}

/** Whether an answer may be sent by `sendWhole`: the connection stays open behind it. */
export function maySendWhole(response: ServerResponse): boolean {
  return response.shouldKeepAlive && !response.headersSent && response.req.httpVersionMinor === 1;
}
