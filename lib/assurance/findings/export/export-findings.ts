import { inTenant } from '@/db/scope';
import { readForExport } from '@/lib/assurance/findings/read/queries';
import { type ExportFindingsInput, exportFindingsInput } from '@/lib/assurance/findings/views-contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { API_HEADERS } from '@/lib/platform/core/http/http';
import { log } from '@/lib/platform/core/log';
import { EXPORT_WRITERS, type ExportWriter } from './export-formats';

const EXPORTS_MAX = 3;

let running = 0;

interface Export {
  actor: Actor;
  input: ReturnType<typeof exportFindingsInput.parse>;
  writer: ExportWriter;
}

async function recordEnd({ actor, input }: Export, rows: number, code: string | null): Promise<void> {
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, {
      action: 'findings.exported',
      outcome: code === null ? 'success' : 'failure',
      ...(code === null ? {} : { code }),
      target: { type: 'finding', id: null, label: input.format },
      details: { filter: input, rows },
    }),
  );
}

/** The text of the file, page by page; what was sent is recorded before the end, so a complete file has its record. */
async function* textOf(job: Export): AsyncGenerator<string> {
  const { actor, input, writer } = job;
  const { format: _, ...filter } = input;
  let rows = 0;
  let code: string | null = 'aborted';
  try {
    yield writer.begin();
    for await (const page of readForExport(actor, filter)) {
      let text = '';
      for (const exported of page) {
        const one = writer.one(exported);
        if (one === null) continue;
        text += rows === 0 ? one : writer.between + one;
        rows += 1;
      }
      if (text !== '') yield text;
    }
    code = null;
    await recordEnd(job, rows, null);
    yield writer.end();
  } catch (error) {
    code = 'interrupted';
    log().error({ err: error, requestId: actor.request.requestId }, 'an export of findings failed');
    throw error;
  } finally {
    running -= 1;
    if (code !== null) await recordEnd(job, rows, code);
  }
}

function headersOf({ mediaType, extension }: ExportWriter): Headers {
  const name = `bulwark-findings-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.${extension}`;
  const headers = new Headers(API_HEADERS);
  headers.set('content-type', mediaType);
  headers.set('content-disposition', `attachment; filename="${name}"`);
  return headers;
}

/**
 * Streams the findings that fulfil the filter, worst first, as CSV, NDJSON, SARIF 2.1.0 or CycloneDX 1.6 VEX (of the
 * vulnerabilities alone). Its start is recorded before the first byte, its number of rows before the last.
 * @throws AppError `rate_limited` while three exports are running
 */
export async function exportFindings(actor: Actor, given: ExportFindingsInput): Promise<Response> {
  requirePermission(actor, 'findings:read');
  const input = exportFindingsInput.parse(given);
  if (running >= EXPORTS_MAX) {
    throw new AppError('rate_limited', `${EXPORTS_MAX} exports are running. Try again when one has ended.`, {
      retryAfterSeconds: 15,
    });
  }
  running += 1;
  const writer = EXPORT_WRITERS[input.format];
  try {
    await inTenant(actor, (tx) =>
      recordAudit(tx, actor, {
        action: 'findings.export_started',
        target: { type: 'finding', id: null, label: input.format },
        details: { filter: input },
      }),
    );
  } catch (error) {
    running -= 1;
    throw error;
  }
  const text = textOf({ actor, input, writer });
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await text.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await text.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: headersOf(writer) });
}
