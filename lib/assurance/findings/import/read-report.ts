import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Tool } from '@/lib/assurance/findings/contract';
import { detectParser } from '@/lib/assurance/findings/parsers/detect';
import { JsonReport } from '@/lib/assurance/findings/parsers/json-report';
import type { ParseContext, ParsedReport } from '@/lib/assurance/findings/parsers/parser';
import { ReportProblem } from '@/lib/assurance/findings/parsers/report-problem';

/** A report as it is read; the upload itself is at most 100 MB. */
export const REPORT_BYTES_MAX = 256 * 1024 * 1024;

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
  });
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(2);
    await file.read(bytes, 0, 2, 0);
    return bytes;
  } finally {
    await file.close();
  }
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
  const [first, second] = await firstBytes(path);
  if (first === 0x1f && second === 0x8b) {
    const plain = await rewrite(
      path,
      `${path}.gunzip`,
      createGunzip(),
      'The gzip file is damaged or cut off. Upload it again.',
    );
    return plainReport(plain);
  }
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null;
  if (!encoding) return path;
  return rewrite(
    path,
    `${path}.utf8`,
    fromUtf16(encoding),
    'The file is not valid UTF-16 text. Let the scanner write it itself, with its option for an output file.',
  );
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
  const report = await JsonReport.open(await plainReport(path));
  try {
    const parser = await detectParser(report, wanted);
    const parsed = await parser.parse(report, context);
    return { ...parsed, tool: parser.tool, close: () => report.close() };
  } catch (error) {
    await report.close();
    throw error;
  }
}
