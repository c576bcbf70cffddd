import { ReportProblem } from './report-problem';

const OUTLINE_BYTES_MAX = 32 * 1024 * 1024;
const DEPTH_MAX = 120;
const KEY_LENGTH_MAX = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A part of the file, `end` excluded. */
export interface Range {
  start: number;
  end: number;
}

/** A container whose members are read one by one. */
export class StreamedPart {
  constructor(
    readonly kind: 'array' | 'object',
    readonly range: Range,
  ) {}
}

/** Where containers are not taken into the outline: `stream` keeps their place, `skip` forgets them. */
export interface PlanNode {
  act?: 'stream' | 'skip';
  children: Map<string, PlanNode>;
}

export function planOf(streamed: readonly string[], skipped: readonly string[]): PlanNode {
  const root: PlanNode = { children: new Map() };
  const add = (path: string, act: 'stream' | 'skip') => {
    let node = root;
    for (const name of path.split('.')) {
      const next = node.children.get(name) ?? { children: new Map() };
      node.children.set(name, next);
      node = next;
    }
    node.act = act;
  };
  for (const path of skipped) add(path, 'skip');
  for (const path of streamed) add(path, 'stream');
  return root;
}

function notText(cause: unknown): ReportProblem {
  return new ReportProblem('The file is not valid UTF-8 text. Upload the report as the scanner wrote it.', {
    cause,
  });
}

export function parseText(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw notText(error);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(cause);
  }
}

function notJson(cause?: unknown): ReportProblem {
  return new ReportProblem('The file is not valid JSON. Upload the report as the scanner wrote it.', {
    cause,
  });
}

export const endedEarly = () =>
  new ReportProblem(
    'The JSON is truncated: the scan or the upload was cut off. Run the scan again and upload the complete file.',
  );
const tooDeep = () =>
  new ReportProblem(`The JSON is nested deeper than ${DEPTH_MAX} levels, which no scanner writes.`);

/**
 * Where a string ends. Most of a report is strings, so this looks for quotes alone.
 * @returns the index of the closing quote; -1 where the chunk ends before it, -2 where it ends in a backslash that escapes
 */
function endOfString(chunk: Buffer, from: number, isEscaped: boolean): number {
  let start = isEscaped ? from + 1 : from;
  for (;;) {
    const quote = chunk.indexOf(QUOTE, start);
    let backslashes = 0;
    const last = quote < 0 ? chunk.length - 1 : quote - 1;
    while (last - backslashes >= start && chunk[last - backslashes] === BACKSLASH) backslashes += 1;
    const isOdd = backslashes % 2 === 1;
    if (quote < 0) return isOdd ? -2 : -1;
    if (!isOdd) return quote;
    start = quote + 1;
  }
}

interface Frame {
  isArray: boolean;
  node: PlanNode | undefined;
  key: string;
  expectsKey: boolean;
}

/**
 * Copies one JSON value while leaving planned containers out. It sees bytes, not characters: every byte that means
 * something in JSON is ASCII, and none of them occurs inside a multi-byte character.
 */
export class OutlineScan {
  private readonly pieces: Buffer[] = [];
  private readonly parts: StreamedPart[] = [];
  private readonly frames: Frame[] = [];
  private readonly marker = `@part:${crypto.randomUUID()}:`;
  private size = 0;
  private isInString = false;
  private isEscaped = false;
  private isKey = false;
  private leftOut: { node: PlanNode; start: number; isArray: boolean } | null = null;
  private depth = 0;
  private outerDepth = 0;
  /** From where on the chunk belongs to the outline; -1 while something is left out. */
  private keptFrom = 0;

  constructor(private readonly plan: PlanNode) {}

  private keep(piece: Buffer): void {
    this.size += piece.length;
    if (this.size > OUTLINE_BYTES_MAX) {
      throw new ReportProblem(
        'The report contains more than 32 MB of data other than findings. Upload the report of one target at a time.',
      );
    }
    this.pieces.push(Buffer.from(piece));
  }

  /** @returns the index of the string's last byte in this chunk */
  private passString(chunk: Buffer, from: number): number {
    const end = endOfString(chunk, from, this.isEscaped);
    this.isEscaped = end === -2;
    const last = end < 0 ? chunk.length - 1 : end;
    const top = this.isKey ? this.frames.at(-1) : undefined;
    if (top && top.key.length < KEY_LENGTH_MAX)
      top.key += chunk.toString('latin1', from, end < 0 ? chunk.length : end);
    if (end >= 0) {
      this.isInString = false;
      this.isKey = false;
    }
    return last;
  }

  private startString(top: Frame | undefined): void {
    this.isInString = true;
    this.isKey = this.leftOut === null && top?.expectsKey === true;
    if (this.isKey && top) top.key = '';
  }

  /** @returns whether the container is left out from here on */
  private openContainer(isArray: boolean, at: number): boolean {
    this.depth += 1;
    if (this.depth > DEPTH_MAX) throw tooDeep();
    if (this.leftOut) return false;
    const top = this.frames.at(-1);
    const name = top?.isArray ? '*' : (top?.key ?? '');
    const node = top ? (top.node?.children.get(name) ?? top.node?.children.get('*')) : this.plan;
    if (node?.act) {
      this.leftOut = { node, start: at, isArray };
      this.outerDepth = this.depth - 1;
      return true;
    }
    this.frames.push({ isArray, node, key: '', expectsKey: !isArray });
    return false;
  }

  /** @returns whether a container that was left out ends here */
  private closeContainer(at: number): boolean {
    this.depth -= 1;
    if (!this.leftOut) {
      this.frames.pop();
      return false;
    }
    if (this.depth > this.outerDepth) return false;
    const { node, start, isArray } = this.leftOut;
    this.leftOut = null;
    if (node.act === 'skip') {
      this.keep(Buffer.from('null'));
      return true;
    }
    this.keep(Buffer.from(`"${this.marker}${this.parts.length}"`));
    this.parts.push(new StreamedPart(isArray ? 'array' : 'object', { start, end: at + 1 }));
    return true;
  }

  private separator(byte: number): void {
    const top = this.leftOut ? undefined : this.frames.at(-1);
    if (top && !top.isArray) top.expectsKey = byte === COMMA;
  }

  private bracket(byte: number, chunk: Buffer, i: number, offset: number): void {
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (!this.openContainer(byte === OPEN_BRACKET, offset + i)) return;
      this.keep(chunk.subarray(this.keptFrom, i));
      this.keptFrom = -1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (this.closeContainer(offset + i)) this.keptFrom = i + 1;
    }
  }

  /** Takes the next bytes of the value; `offset` is where in the file they begin. */
  take(chunk: Buffer, offset: number): void {
    this.keptFrom = this.leftOut ? -1 : 0;
    for (let i = 0; i < chunk.length; i++) {
      if (this.isInString) {
        i = this.passString(chunk, i);
        continue;
      }
      const byte = chunk[i] ?? 0;
      if (byte === QUOTE) this.startString(this.frames.at(-1));
      else if (byte === COMMA || byte === COLON) this.separator(byte);
      else this.bracket(byte, chunk, i, offset);
    }
    if (this.keptFrom >= 0) this.keep(chunk.subarray(this.keptFrom));
  }

  finish(): unknown {
    if (this.leftOut || this.isInString || this.frames.length > 0) throw endedEarly();
    return this.restore(parseText(Buffer.concat(this.pieces)));
  }

  private restore(value: unknown): unknown {
    if (typeof value === 'string' && value.startsWith(this.marker)) {
      return this.parts[Number(value.slice(this.marker.length))] ?? null;
    }
    if (typeof value !== 'object' || value === null || this.parts.length === 0) return value;
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      if (key !== '__proto__') holder[key] = this.restore(holder[key]);
    }
    return value;
  }
}

/** Finds where the members of one container begin and end. */
export class MemberScan {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  private isAfterComma = false;
  /** Where in the file the member under way begins; -1 between two. */
  start = -1;
  isDone = false;

  private passString(chunk: Buffer, from: number): number {
    const end = endOfString(chunk, from, this.isEscaped);
    this.isEscaped = end === -2;
    this.isInString = end < 0;
    return end < 0 ? chunk.length - 1 : end;
  }

  private opened(byte: number, at: number): void {
    if (this.depth === 1 && this.start < 0) this.start = at;
    if (byte === QUOTE) this.isInString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.depth += 1;
    if (this.depth > DEPTH_MAX) throw tooDeep();
  }

  /** @returns whether a member ends before this closing bracket */
  private closed(): boolean {
    this.depth -= 1;
    this.isDone = this.depth === 0;
    if (this.isDone && this.isAfterComma && this.start < 0) throw notJson();
    return this.isDone && this.start >= 0;
  }

  /**
   * Goes on from `from`; `base` is where in the file the chunk begins.
   * @returns the index at which the member that began at `start` ends, or -1 where the chunk ends before it does
   */
  next(chunk: Buffer, from: number, base: number): number {
    for (let i = from; i < chunk.length; i++) {
      if (this.isInString) {
        i = this.passString(chunk, i);
        continue;
      }
      const byte = chunk[i] ?? 0;
      if (byte > SPACE && this.endsMember(byte, base + i)) return i;
    }
    return -1;
  }

  private endsMember(byte: number, at: number): boolean {
    if (this.isDone) throw notJson();
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return this.closed();
    if (byte !== COMMA || this.depth !== 1) {
      this.opened(byte, at);
      return false;
    }
    if (this.start < 0) throw notJson();
    this.isAfterComma = true;
    return true;
  }
}
