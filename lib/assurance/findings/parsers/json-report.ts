import { type FileHandle, open } from 'node:fs/promises';
import {
  endedEarly,
  MemberScan,
  OutlineScan,
  parseText,
  planOf,
  type Range,
  StreamedPart,
} from './json-scan';
import { ReportProblem } from './report-problem';

const CHUNK_BYTES = 1024 * 1024;
const MEMBER_BYTES_MAX = 16 * 1024 * 1024;
const BYTE_ORDER_MARK_BYTES = 3;

export interface Member {
  /** Empty in arrays. */
  key: string;
  value: unknown;
}

/** A JSON file that is never held in memory as a whole. */
export class JsonReport {
  private constructor(
    private readonly file: FileHandle,
    private readonly size: number,
    private readonly begin: number,
    readonly isSequence: boolean,
  ) {}

  /** @param isSequence the file was a row of values before it was made a list */
  static async open(path: string, isSequence = false): Promise<JsonReport> {
    const file = await open(path, 'r');
    const { size } = await file.stat();
    const head = Buffer.alloc(BYTE_ORDER_MARK_BYTES);
    await file.read(head, 0, BYTE_ORDER_MARK_BYTES, 0);
    const hasMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
    return new JsonReport(file, size, hasMark ? BYTE_ORDER_MARK_BYTES : 0, isSequence);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  get whole(): Range {
    return { start: this.begin, end: this.size };
  }

  /** The file as one list, for `members`. */
  wholeList(): StreamedPart {
    return new StreamedPart('array', this.whole);
  }

  /** The first bytes as text, for telling what a file is. */
  async head(lengthMax = 2_000): Promise<string> {
    const bytes = Buffer.alloc(Math.min(lengthMax, this.size - this.begin));
    await this.file.read(bytes, 0, bytes.length, this.begin);
    return bytes.toString('utf8');
  }

  private async *chunks({ start, end }: Range): AsyncGenerator<{ bytes: Buffer; offset: number }> {
    for (let offset = start; offset < end; ) {
      const wanted = Math.min(CHUNK_BYTES, end - offset);
      const { bytesRead, buffer } = await this.file.read(Buffer.allocUnsafe(wanted), 0, wanted, offset);
      if (bytesRead === 0) throw endedEarly();
      yield { bytes: buffer.subarray(0, bytesRead), offset };
      offset += bytesRead;
    }
  }

  /** The value of a range; what the paths name is left out of it, streamed parts keeping their place. */
  async outline(range: Range, streamed: readonly string[], skipped: readonly string[]): Promise<unknown> {
    const scan = new OutlineScan(planOf(streamed, skipped));
    for await (const { bytes, offset } of this.chunks(range)) scan.take(bytes, offset);
    return scan.finish();
  }

  /** Where the members of a container are, each with its text while it is in memory. */
  private async *memberBytes(range: Range): AsyncGenerator<{ range: Range; bytes: Buffer | null }> {
    const scan = new MemberScan();
    let carried: Buffer | null = null;
    for await (const { bytes, offset } of this.chunks(range)) {
      const buffer: Buffer = carried ? Buffer.concat([carried, bytes]) : bytes;
      const base = offset - (buffer.length - bytes.length);
      for (let i = buffer.length - bytes.length; ; i += 1) {
        i = scan.next(buffer, i, base);
        if (i < 0) break;
        const isWhole = scan.start >= base;
        yield {
          range: { start: scan.start, end: base + i },
          bytes: isWhole ? buffer.subarray(scan.start - base, i) : null,
        };
        scan.start = -1;
      }
      const from = scan.start < 0 ? buffer.length : Math.max(scan.start - base, 0);
      const isKept = scan.start >= base && buffer.length - from <= MEMBER_BYTES_MAX;
      carried = isKept && from < buffer.length ? buffer.subarray(from) : null;
    }
    if (!scan.isDone) throw endedEarly();
  }

  /** Whether `members` finds a list, or an object, there. */
  isContainer(part: unknown, kind: 'array' | 'object'): boolean {
    if (part instanceof StreamedPart) return part.kind === kind;
    if (typeof part !== 'object' || part === null) return false;
    return Array.isArray(part) === (kind === 'array');
  }

  /** The members of a streamed part, each parsed alone, or of a list or object that was parsed with its holder. @throws ReportProblem where one is larger than 16 MB */
  async *members(part: unknown): AsyncGenerator<Member> {
    if (Array.isArray(part)) yield* part.map((value) => ({ key: '', value }));
    else if (typeof part === 'object' && part !== null && !(part instanceof StreamedPart))
      yield* Object.entries(part).map(([key, value]) => ({ key, value }));
    if (!(part instanceof StreamedPart)) return;
    for await (const { bytes } of this.memberBytes(part.range)) {
      if (bytes === null)
        throw new ReportProblem('One finding of the report is larger than 16 MB, which no scanner writes.');
      if (part.kind === 'array') {
        yield { key: '', value: parseText(bytes) };
        continue;
      }
      const single = parseText(Buffer.concat([Buffer.from('{'), bytes, Buffer.from('}')]));
      const [entry] = Object.entries(single as object);
      if (entry) yield { key: entry[0], value: entry[1] };
    }
  }

  /** Where the first member of a container is, the file's list if none is named; nothing for an empty one. */
  async firstRange(range: Range = this.whole): Promise<Range | null> {
    for await (const member of this.memberBytes(range)) return member.range;
    return null;
  }

  /** The file's items one by one: of its list, or the one object that it is. */
  async *items(): AsyncGenerator<Member> {
    if ((await this.head(200)).trimStart().startsWith('[')) yield* this.members(this.wholeList());
    else yield { key: '', value: await this.outline(this.whole, [], []) };
  }

  /** Where the items of a list are; they may be as large as the file. */
  async ranges(range: Range): Promise<Range[]> {
    const found: Range[] = [];
    for await (const member of this.memberBytes(range)) found.push(member.range);
    return found;
  }
}
