import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { noteWatchedFile } from './watched-files';
import type { WatchedFile } from './watched-files-contract';

/** One thing that is wrong in a file, with the place where it stands; line and column count from 1. */
export interface FileProblem {
  line: number;
  column: number;
  /** Where it stands in the document, such as `routes/2/access`; empty for the whole. */
  path: string;
  /** What is wrong and what is allowed. */
  message: string;
}

/** A file that cannot be used. `message` has one line for each problem, `file:line:column: sentence`. */
export class FileError extends Error {
  override readonly name = 'FileError';

  constructor(
    readonly file: string,
    readonly problems: readonly FileProblem[],
  ) {
    const lines = problems.map(({ line, column, path, message }) => {
      const where = path === '' ? '' : `${path}: `;
      return `${file}:${line}:${column}: ${where}${message}`;
    });
    super(lines.join('\n'));
  }
}

type Path = readonly PropertyKey[];

/** A checked document. */
export interface YamlFile<T> {
  file: string;
  value: T;
  /** Hex SHA-256 of the text, to tell versions apart. */
  hash: string;
  /** The line on which this part of the document begins, or the nearest part around it that exists. */
  lineOf(path: Path): number;
}

const ALIASES_MAX = 100;
const PROBLEMS_MAX = 50;

/** An object of a file: a field that is not known is refused, and the message names those that are. */
export function fileObject<S extends z.ZodRawShape>(shape: S) {
  const allowed = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `Write the fields ${allowed}.`;
      const unknown = 'keys' in issue && Array.isArray(issue.keys) ? issue.keys.join(', ') : '';
      return `Unknown field ${unknown}. Allowed fields: ${allowed}.`;
    },
  });
}

/** The offset of a part of the document; of the key itself where `key` names a field of it. */
function offsetOf(document: Document, path: Path, key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (length === path.length && key !== undefined && isMap(node)) {
      const pair = node.items.find(({ key: name }) => isScalar(name) && name.value === key);
      if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function problemsOf(error: z.ZodError, document: Document, lines: LineCounter): FileProblem[] {
  return error.issues.slice(0, PROBLEMS_MAX).map((issue) => {
    const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const { line, col } = lines.linePos(offsetOf(document, issue.path, key));
    return {
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: issue.path.map(String).join('/'),
      message: issue.message,
    };
  });
}

/**
 * Parses YAML 1.2 and checks it against a schema.
 * @param file as it is named in problems
 * @throws FileError with the line and column of everything that is wrong
 */
export function parseYaml<T>(text: string, file: string, schema: z.ZodType<T>): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    const problems = broken.slice(0, PROBLEMS_MAX).map(({ message, linePos }) => ({
      line: linePos?.[0].line ?? 1,
      column: linePos?.[0].col ?? 1,
      path: '',
      message: message.split(' at line ')[0] ?? message,
    }));
    throw new FileError(file, problems);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FileError(file, [{ line: 1, column: 1, path: '', message }]);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new FileError(file, problemsOf(parsed.error, document, lines));
  return {
    file,
    value: parsed.data,
    hash: createHash('sha256').update(text).digest('hex'),
    lineOf: (path) => Math.max(1, lines.linePos(offsetOf(document, path)).line),
  };
}

/** Reads a file. @throws FileError where it cannot be read or `parse` refuses it */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    const message = `Could not read the file${code}. Check that it exists and that Bulwark has permission to read it.`;
    throw new FileError(file, [{ line: 1, column: 1, path: '', message }]);
  }
}

export interface ReloadingFileOptions<T> {
  /** Which of the policy files it is: metric, readiness and the console's banner name it so. */
  name: WatchedFile;
  file: string;
  /** Makes of the text what is in force; throws FileError where the text cannot be used. */
  parse: (text: string, file: string) => T;
  /** A new version is in force. */
  onChange?: (value: T) => void;
  /** A new version was refused; the running one stays in force. */
  onError?: (error: FileError) => void;
  pollMs?: number;
}

const POLL_MS = 1_000;

/** No version of it is in force. */
function noteUnusable(name: WatchedFile, { file, problems }: FileError): void {
  noteWatchedFile(name, () => ({ name, file, loadedAt: null, problems: [...problems] }));
}

/**
 * What a file says, kept up to date: read again when its size, time or inode changes, which also sees a replaced
 * symbolic link (ConfigMaps) and works on file systems that report no events. A bad version changes nothing.
 */
export class ReloadingFile<T> {
  current: T;
  /** Why the newest version of the file is not in force; null while it is. */
  error: FileError | null = null;
  loadedAtMs = Date.now();
  private text: string;
  private stamp: string;
  private readonly timer: NodeJS.Timeout;

  /** @throws FileError where the first version cannot be used */
  constructor(private readonly options: ReloadingFileOptions<T>) {
    const { name, file } = options;
    this.stamp = this.readStamp();
    try {
      this.text = readTextFile(file);
      this.current = options.parse(this.text, file);
    } catch (error) {
      if (error instanceof FileError) noteUnusable(name, error);
      throw error;
    }
    noteWatchedFile(name, () => ({
      name,
      file,
      loadedAt: new Date(this.loadedAtMs).toISOString(),
      problems: [...(this.error?.problems ?? [])],
    }));
    this.timer = setInterval(() => this.reload(), options.pollMs ?? POLL_MS);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Looks at the file now. */
  reload(): void {
    const stamp = this.readStamp();
    if (stamp === this.stamp) return;
    try {
      const text = readTextFile(this.options.file);
      if (text !== this.text) {
        this.current = this.options.parse(text, this.options.file);
        this.text = text;
        this.loadedAtMs = Date.now();
        this.options.onChange?.(this.current);
      }
      this.error = null;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.error = error;
      this.options.onError?.(error);
    }
    this.stamp = stamp;
  }

  private readStamp(): string {
    const stat = statSync(this.options.file, { throwIfNoEntry: false });
    return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'absent';
  }
}
