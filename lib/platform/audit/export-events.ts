import { PassThrough, type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { inTenant, streamTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { API_HEADERS } from '@/lib/platform/core/http/http';
import { ENCODING_HEADER } from '@/lib/platform/core/http/own-headers';
import { log } from '@/lib/platform/core/log';
import { type ExportAuditInput, type ExportFormat, exportAuditInput } from './contract';
import { ndjsonLine } from './export-ndjson';
import { exportStatement } from './export-rows';
import { planOf } from './filters';
import { recordAudit } from './record';

const CHUNK_BYTES = 64 * 1024;
/** Each holds a connection of the read pool for as long as its reader is slow. */
const EXPORTS_MAX = 3;
const DURATION_MAX_MS = HOUR_MS;
const GZIP_LEVEL = 1;

const MEDIA_TYPES: Record<ExportFormat, string> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

let running = 0;

/** Puts single rows together into chunks worth compressing and sending, and counts them. */
class RowChunks extends Transform {
  rows = 0;
  bytes = 0;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;

  constructor(private readonly encode: (row: Buffer) => Buffer) {
    super();
  }

  override _transform(row: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const encoded = this.encode(row);
    this.rows++;
    this.bytes += encoded.length;
    this.waiting.push(encoded);
    this.waitingBytes += encoded.length;
    if (this.waitingBytes >= CHUNK_BYTES) this.pushWaiting();
    done();
  }

  override _flush(done: TransformCallback): void {
    this.pushWaiting();
    done();
  }

  private pushWaiting(): void {
    if (this.waitingBytes === 0) return;
    this.push(Buffer.concat(this.waiting));
    this.waiting = [];
    this.waitingBytes = 0;
  }
}

/** Postgres sends one row in each message, with its line end. */
const ENCODERS: Record<ExportFormat, (row: Buffer) => Buffer> = {
  csv: (row) => row,
  ndjson: (row) => Buffer.from(`${ndjsonLine(row.toString('utf8', 0, row.length - 1))}\n`),
};

async function send(
  rows: Readable,
  chunks: RowChunks,
  output: PassThrough,
  gzip: boolean,
  signal: AbortSignal,
) {
  rows.once('error', (error) => chunks.destroy(error));
  rows.pipe(chunks);
  const packed = gzip ? [createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES })] : [];
  await pipeline([chunks, ...packed, output], { end: false, signal });
}

interface Export {
  actor: Actor;
  input: ReturnType<typeof exportAuditInput.parse>;
  gzip: boolean;
  output: PassThrough;
  signal: AbortSignal;
}

/** Sends the rows, then records what was sent, then ends the answer: a complete file has its record. */
async function run({ actor, input, gzip, output, signal }: Export, opened: () => void): Promise<void> {
  const chunks = new RowChunks(ENCODERS[input.format]);
  const plan = planOf(actor, input, Date.now());
  let failure: unknown;
  try {
    await streamTenant(actor, exportStatement(plan, input.format), (rows) => {
      opened();
      return send(rows, chunks, output, gzip, signal);
    });
  } catch (error) {
    failure = error;
  }
  const headerRows = input.format === 'csv' ? 1 : 0;
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, {
      action: 'audit.exported',
      outcome: failure === undefined ? 'success' : 'failure',
      ...(failure === undefined ? {} : { code: signal.aborted ? 'aborted' : 'interrupted' }),
      target: { type: 'audit', id: null, label: input.format },
      details: { filter: input, rows: Math.max(0, chunks.rows - headerRows), bytes: chunks.bytes },
    }),
  );
  if (failure !== undefined) throw failure;
  output.end();
}

function acceptsGzip(request: Request): boolean {
  return /\bgzip\b(?!;\s*q=0(\.0+)?\s*(,|$))/.test(request.headers.get('accept-encoding') ?? '');
}

function headersOf(format: ExportFormat, gzip: boolean): Headers {
  const name = `bulwark-audit-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.${format}`;
  const headers = new Headers(API_HEADERS);
  headers.set('content-type', MEDIA_TYPES[format]);
  headers.set('content-disposition', `attachment; filename="${name}"`);
  headers.set('vary', 'accept-encoding');
  if (gzip) headers.set(ENCODING_HEADER, 'gzip');
  return headers;
}

/** The output as a web stream; a reader that goes away ends the export. */
function bodyOf(output: PassThrough): ReadableStream<Uint8Array> {
  const iterator = output[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        output.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Starts the export; resolves once the database sends, so that what fails before is still a problem document. */
function start(job: Export): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    run(job, resolve)
      .catch((error: unknown) => {
        reject(error);
        const { requestId } = job.actor.request;
        if (!job.signal.aborted) log().error({ err: error, requestId }, 'audit export failed');
        job.output.destroy(error instanceof Error ? error : new Error('The export ended early.'));
      })
      .finally(() => running--);
  });
}

function outputFor(request: Request): Pick<Export, 'output' | 'signal'> {
  const output = new PassThrough({ highWaterMark: 2 * CHUNK_BYTES });
  const gone = new AbortController();
  output.once('close', () => gone.abort());
  output.once('error', () => gone.abort());
  return {
    output,
    signal: AbortSignal.any([request.signal, gone.signal, AbortSignal.timeout(DURATION_MAX_MS)]),
  };
}

/**
 * Streams the matching events as NDJSON or CSV by COPY, newest first, gzipped where the caller accepts it. Its start is
 * recorded before the first byte, its row count before the last.
 * @throws AppError `bad_request` for a filter that cannot be used, `rate_limited` while three exports are running
 */
export async function exportAuditEvents(
  actor: Actor,
  given: ExportAuditInput,
  request: Request,
): Promise<Response> {
  requirePermission(actor, 'audit:export');
  const input = exportAuditInput.parse(given);
  planOf(actor, input, Date.now());
  if (running >= EXPORTS_MAX) {
    throw new AppError(
      'rate_limited',
      `${EXPORTS_MAX} exports are already running. Try again when one finishes.`,
      {
        retryAfterSeconds: 15,
      },
    );
  }
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, {
      action: 'audit.export_started',
      target: { type: 'audit', id: null, label: input.format },
      details: { filter: input },
    }),
  );
  const gzip = acceptsGzip(request);
  const { output, signal } = outputFor(request);
  running++;
  await start({ actor, input, gzip, output, signal });
  return new Response(bodyOf(output), { headers: headersOf(input.format, gzip) });
}
