/** Where one event stands in a body. */
export interface BodyItem {
  /** Its JSON, as it was sent. */
  text: string;
}

/** A part of a body that is no event. */
export interface BodyProblem {
  reason: string;
  text: string;
}

export interface SplitBody {
  items: BodyItem[];
  problems: BodyProblem[];
  /** Events beyond the most that one body may hold. */
  leftOut: number;
}

export const EVENTS_PER_BODY_MAX = 1_000;
export const DEPTH_MAX = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COMMA = 0x2c;
const isBlank = (code: number) => code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xfeff;

interface Extent {
  end: number;
  depth: number;
}

/** The end of the string that begins at `start`; -1 where it has none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return -1;
}

/** The extent of the object or list that begins at `start`; null where its brackets do not close. */
function extentOf(text: string, start: number): Extent | null {
  const closers: number[] = [];
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (end === -1) return null;
      at = end - 1;
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      closers.push(code + 2);
      depth = Math.max(depth, closers.length);
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      if (closers.pop() !== code) return null;
      if (closers.length === 0) return { end: at + 1, depth };
    }
  }
  return null;
}

/** Brackets that close on another line may belong to several events, of which one was cut off. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A line of NDJSON, or of a list with an item on each. */
function bareLine(line: string): string {
  let [start, end] = [0, line.length];
  const isBetween = (code: number) => isBlank(code) || code === COMMA;
  while (start < end && (isBetween(line.charCodeAt(start)) || line[start] === '[')) start += 1;
  while (start < end && (isBetween(line.charCodeAt(end - 1)) || line[end - 1] === ']')) end -= 1;
  return line.slice(start, end);
}

/** Goes through a body once, however it is broken. */
class Splitter {
  readonly result: SplitBody = { items: [], problems: [], leftOut: 0 };
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly eventsMax: number,
  ) {}

  run(): SplitBody {
    for (this.skipBlank(); this.at < this.text.length; this.skipBlank()) {
      const code = this.text.charCodeAt(this.at);
      const isDone =
        code === OPEN_OBJECT ? this.takeObject() : code === OPEN_LIST ? this.takeList() : this.takeOther();
      if (!isDone) {
        this.takeLines();
        break;
      }
    }
    return this.result;
  }

  private skipBlank(): void {
    while (this.at < this.text.length && isBlank(this.text.charCodeAt(this.at))) this.at += 1;
  }

  private takeObject(): boolean {
    const extent = extentOf(this.text, this.at);
    if (!extent) return false;
    const text = this.text.slice(this.at, extent.end);
    if (text.includes('\n') && !isJson(text)) return false;
    this.keep(text, extent.depth);
    this.at = extent.end;
    return true;
  }

  /** The items of a list, each on its own: one that is broken does not take the others with it. */
  private takeList(): boolean {
    this.at += 1;
    for (;;) {
      this.skipBlank();
      const code = this.text.charCodeAt(this.at);
      if (code === CLOSE_LIST) {
        this.at += 1;
        return true;
      }
      if (code === COMMA) this.at += 1;
      else if (code === OPEN_OBJECT) {
        if (!this.takeObject()) return false;
      } else if (!this.takeListItem(code)) return false;
    }
  }

  /** Something in a list that is no object. */
  private takeListItem(code: number): boolean {
    const start = this.at;
    if (code === OPEN_LIST || code === QUOTE) {
      const end = code === QUOTE ? endOfString(this.text, start) : (extentOf(this.text, start)?.end ?? -1);
      if (end === -1) return false;
      this.at = end;
    } else {
      while (this.at < this.text.length && !',]}'.includes(this.text[this.at] ?? '')) this.at += 1;
      if (this.at === start) return false;
    }
    if (this.at >= this.text.length) return this.refuse(start, 'The list does not end.');
    return this.refuse(start, 'Not a JSON object.');
  }

  /** Text before any bracket: its line is no event. */
  private takeOther(): boolean {
    const start = this.at;
    const end = this.text.indexOf('\n', start);
    this.at = end === -1 ? this.text.length : end;
    return this.refuse(start, 'Not a JSON object.');
  }

  /** Brackets do not close: from here on each line stands for itself, as in NDJSON. */
  private takeLines(): void {
    while (this.at < this.text.length) {
      const end = this.text.indexOf('\n', this.at);
      const line = bareLine(this.text.slice(this.at, end === -1 ? this.text.length : end));
      this.at = end === -1 ? this.text.length : end + 1;
      if (line === '') continue;
      const extent = line.startsWith('{') ? extentOf(line, 0) : null;
      if (extent?.end === line.length) this.keep(line, extent.depth);
      else this.result.problems.push({ reason: 'The JSON is broken or cut off.', text: line });
    }
  }

  private keep(text: string, depth: number): void {
    const { items, problems } = this.result;
    if (items.length + problems.length >= this.eventsMax) this.result.leftOut += 1;
    else if (depth > DEPTH_MAX) problems.push({ reason: `Nested deeper than ${DEPTH_MAX} levels.`, text });
    else items.push({ text });
  }

  private refuse(start: number, reason: string): true {
    const { items, problems } = this.result;
    if (items.length + problems.length >= this.eventsMax) this.result.leftOut += 1;
    else problems.push({ reason, text: this.text.slice(start, this.at) });
    return true;
  }
}

/**
 * The events of a body: one object, a list, NDJSON, or objects one after another. Linear in its length, also for
 * hostile input.
 */
export function splitBody(text: string, eventsMax = EVENTS_PER_BODY_MAX): SplitBody {
  return new Splitter(text, eventsMax).run();
}
