import { Transform } from 'node:stream';
import { ReportProblem } from './report-problem';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Begins a record of a JSON text sequence (RFC 7464). */
const RECORD_SEPARATOR = 0x1e;
const SPACE = 0x20;
const STRAY_LENGTH_MAX = 120;

/** Of UTF-8: files that were put together have one at the start of each. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const isBlank = (byte: number) =>
  byte <= SPACE || byte === RECORD_SEPARATOR || BYTE_ORDER_MARK.includes(byte);

/** Follows the objects and lists at the top of a text, without judging what is in them. */
class TopScan {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /** @returns whether the byte belongs to a value, begins one, or lies between two */
  next(byte: number): 'begin' | 'inside' | 'end' | 'between' {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === BACKSLASH) this.isEscaped = true;
      else if (byte === QUOTE) this.isInString = false;
      return 'inside';
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.depth += 1;
      return this.depth === 1 ? 'begin' : 'inside';
    }
    if (this.depth === 0) return 'between';
    if (byte === QUOTE) this.isInString = true;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.depth -= 1;
    return this.depth === 0 ? 'end' : 'inside';
  }
}

/** Whether a text begins with an object or a list, as every report does but `null`. */
export function beginsAsJson(head: Buffer): boolean {
  const first = head.find((byte) => !isBlank(byte));
  return first === OPEN_BRACE || first === OPEN_BRACKET;
}

export type Layout = 'one value' | 'sequence' | { textAfter: string };

/**
 * What the first bytes of a JSON text show: one value, several in a row (JSON Lines, or as govulncheck writes them), or
 * a value with text behind it. A first value that is longer than the bytes counts as the only one.
 */
export function layoutOf(head: Buffer): Layout {
  const scan = new TopScan();
  let hasEnded = false;
  for (const [i, byte] of head.entries()) {
    const place = scan.next(byte);
    if (place === 'end') hasEnded = true;
    else if (place === 'begin' && hasEnded) return 'sequence';
    else if (place === 'between' && hasEnded && !isBlank(byte)) {
      const line = head.subarray(i, i + STRAY_LENGTH_MAX).toString('utf8');
      return { textAfter: line.split('\n', 1)[0] ?? '' };
    }
  }
  return 'one value';
}

/** What a chunk adds to the list: the values in it, with a comma before each but the first. */
function valuesIn(chunk: Buffer, scan: TopScan, begun: () => boolean): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  const keep = (to: number) => {
    if (to > from) pieces.push(chunk.subarray(from, to));
  };
  for (const [i, byte] of chunk.entries()) {
    const place = scan.next(byte);
    if (place === 'between' && !isBlank(byte))
      throw textBetween(chunk.subarray(i, i + STRAY_LENGTH_MAX).toString('utf8'));
    if (place === 'between' || place === 'begin') {
      keep(i);
      from = place === 'between' ? i + 1 : i;
    }
    if (place === 'begin') pieces.push(Buffer.from(begun() ? ',\n' : '['));
  }
  keep(chunk.length);
  return Buffer.concat(pieces);
}

/** Turns a row of JSON values into a list of them. @throws ReportProblem for text between them */
export function listOfSequence(): Transform {
  const scan = new TopScan();
  let hasBegun = false;
  const begun = () => {
    const before = hasBegun;
    hasBegun = true;
    return before;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        done(null, valuesIn(chunk, scan, begun));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
    flush(done) {
      done(null, Buffer.from(hasBegun ? ']' : ''));
    },
  });
}

export function textBetween(text: string): ReportProblem {
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  return new ReportProblem(
    `The file contains text that is not part of the report: "${line}". Let the scanner write the report to a file with its own option, or keep its messages out of the file (2>messages.txt).`,
  );
}
