import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Tool } from '@/lib/assurance/findings/contract';
import { detectParser } from '@/lib/assurance/findings/parsers/detect';
import { JsonReport } from '@/lib/assurance/findings/parsers/json-report';
import {
  beginsAsJson,
  layoutOf,
  listOfSequence,
  textBetween,
} from '@/lib/assurance/findings/parsers/json-sequence';
import type { ParseContext, ParsedReport } from '@/lib/assurance/findings/parsers/parser';
import { ReportProblem } from '@/lib/assurance/findings/parsers/report-problem';

/** A report as it is read; the upload itself is at most 100 MB. */
export const REPORT_BYTES_MAX = 256 * 1024 * 1024;
/** How far the first value is followed to see whether another one comes after it. */
const LAYOUT_BYTES = 1024 * 1024;

/** Counts what a stream makes of a small upload, and ends it before it fills the disk. */
function limit(): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= REPORT_BYTES_MAX) done(null, chunk);
      else
        done(
          new ReportProblem(
            `The report is larger than ${REPORT_BYTES_MAX / 1024 / 1024} MB when unpacked. Upload one target at a time.`,
          ),
        );
    },
  });
}

function fromUtf16(label: 'utf-16le' | 'utf-16be'): Transform {
  const decoder = new TextDecoder(label, { fatal: true });
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, Buffer.from(decoder.decode(chunk, { stream: true })));
    },
    flush(done) {
      done(null, Buffer.from(decoder.decode()));
    },
  });
}

async function firstBytes(path: string, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Packed files that are not unpacked here, by their first bytes in hexadecimal. */
const PACKED: readonly { magic: string; name: string; how: string }[] = [
  { magic: '504b0304', name: 'a zip archive', how: 'Artifacts of a build are often zipped. ' },
  { magic: '504b0506', name: 'an empty zip archive', how: '' },
  { magic: '28b52ffd', name: 'compressed with Zstandard', how: '' },
  { magic: '425a68', name: 'compressed with bzip2', how: '' },
  { magic: 'fd377a585a00', name: 'compressed with xz', how: '' },
  { magic: '377abcaf271c', name: 'a 7-Zip archive', how: '' },
];

function refusePacked(head: Buffer): void {
  const hex = head.subarray(0, 8).toString('hex');
  const found = PACKED.find(({ magic }) => hex.startsWith(magic));
  if (found)
    throw new ReportProblem(
      `The file is ${found.name}. ${found.how}Unpack it and upload the report inside, plain or with gzip.`,
    );
}

/** By its byte order mark; without one JSON shows it too, for it begins with an ASCII character (RFC 4627, section 3). */
function encodingOf(head: Buffer): 'utf-16le' | 'utf-16be' | 'utf-32' | null {
  const [a = 1, b = 1, c = 1, d = 1] = head;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0 && b === 0) return 'utf-32';
  if (a !== 0 && b === 0) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le';
  return a === 0 && b !== 0 ? 'utf-16be' : null;
}

async function rewrite(from: string, to: string, step: Transform, sentence: string): Promise<string> {
  try {
    await pipeline(createReadStream(from), step, limit(), createWriteStream(to, { mode: 0o600 }));
  } catch (cause) {
    if (cause instanceof ReportProblem) throw cause;
    throw new ReportProblem(sentence, { cause });
  }
  return to;
}

/**
 * The report as UTF-8 text: unpacked where it is gzip, rewritten where it is UTF-16 (a redirected PowerShell).
 * @param path the upload; `<path>.gunzip` and `<path>.utf8` may be written beside it
 */
export async function plainReport(path: string): Promise<string> {
  const head = await firstBytes(path, 8);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const plain = await rewrite(
      path,
      `${path}.gunzip`,
      createGunzip(),
      'The gzip file is damaged or cut off. Upload it again.',
    );
    return plainReport(plain);
  }
  refusePacked(head);
  const encoding = encodingOf(head);
  if (!encoding) return path;
  const sentence = `The file is not valid ${encoding.toUpperCase()} text. Let the scanner write it itself, with its option for an output file.`;
  if (encoding === 'utf-32') throw new ReportProblem(sentence.replace('valid UTF-32', 'UTF-8'));
  return rewrite(path, `${path}.utf8`, fromUtf16(encoding), sentence);
}

/** The text as one JSON value: where several stand in a row, as a list in `<path>.list`. */
async function oneValue(path: string): Promise<{ path: string; isSequence: boolean }> {
  const head = await firstBytes(path, LAYOUT_BYTES);
  if (!beginsAsJson(head)) return { path, isSequence: false };
  const layout = layoutOf(head);
  if (layout === 'one value') return { path, isSequence: false };
  if (layout !== 'sequence') throw textBetween(layout.textAfter);
  const list = await rewrite(
    path,
    `${path}.list`,
    listOfSequence(),
    'The JSON in this file could not be read.',
  );
  return { path: list, isSequence: true };
}

export interface OpenReport extends ParsedReport {
  tool: Tool;
  close(): Promise<void>;
}

/**
 * Opens a report for reading its findings one by one.
 * @param wanted the tool that the uploader named, or null to find out
 * @throws ReportProblem where it is no report of a finished run; also while its findings are read
 */
export async function openReport(
  path: string,
  wanted: Tool | null,
  context: ParseContext,
): Promise<OpenReport> {
  const plain = await oneValue(await plainReport(path));
  const report = await JsonReport.open(plain.path, plain.isSequence);
  try {
    const parser = await detectParser(report, wanted);
    const parsed = await parser.parse(report, context);
    return { ...parsed, tool: parser.tool, close: () => report.close() };
  } catch (error) {
    await report.close();
    throw error;
  }
}
