import { Readable } from 'node:stream';
import { sql } from 'drizzle-orm';
import { inTenant, readDeciding } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { API_HEADERS } from '@/lib/platform/core/http/http';
import { type BundleHeader, type BundleInput, type BundleLine, bundleInput } from './bundle-format';
import { type BundleSource, openBundle } from './read-bundle';

/** Each reads for as long as its reader is slow. */
const EXPORTS_MAX = 2;
const CHUNK_CHARACTERS = 64 * 1024;
let running = 0;

async function headerOf(actor: Actor, { from, to, filter }: BundleInput): Promise<BundleHeader> {
  const retired = await readDeciding(actor, (tx) =>
    tx.execute<{ from: Date; to: Date; leaves: number; requestedBy: string; approvedBy: string }>(sql`
      select from_at as "from", to_at as "to", leaves::float8 as leaves, requested_by as "requestedBy", approved_by as "approvedBy"
      from public.audit_retirement where tenant_id = ${actor.tenantId}::uuid order by from_at`),
  );
  return {
    ...{ type: 'bundle', v: 1, tenantId: actor.tenantId, createdAt: new Date().toISOString() },
    ...{ createdBy: actor.label ?? actor.type, from: from ?? null, to: to ?? null },
    ...{ proves: filter ? 'inclusion' : 'complete', filter: filter ?? null },
    retired: retired.map((each) => ({
      ...each,
      from: new Date(each.from).toISOString(),
      to: new Date(each.to).toISOString(),
    })),
  };
}

/** In chunks worth sending. The last line counts the others: what is cut off is found out. */
async function* textOf(header: BundleHeader, source: BundleSource): AsyncGenerator<string> {
  const counts = { event: 0, gap: 0 };
  let waiting = `${JSON.stringify(header)}\n`;
  for await (const line of source.lines()) {
    if (line.type === 'event' || line.type === 'gap') counts[line.type] += 1;
    waiting += `${JSON.stringify(line)}\n`;
    if (waiting.length < CHUNK_CHARACTERS) continue;
    yield waiting;
    waiting = '';
  }
  const end: BundleLine = { type: 'end', events: counts.event, gaps: counts.gap };
  yield `${waiting}${JSON.stringify(end)}\n`;
}

/**
 * A file that proves the events in it to someone who has nothing but the policy of the log. Recorded before its first line.
 * @throws AppError `conflict` without a signed checkpoint, `unprocessable` where a filter finds too many
 */
export async function exportBundle(actor: Actor, given: BundleInput): Promise<Response> {
  requirePermission(actor, 'audit:export');
  const input = bundleInput.parse(given);
  if (running >= EXPORTS_MAX) {
    throw new AppError('unavailable', 'Other bundles are being exported. Try again in a minute.', {
      retryAfterSeconds: 60,
    });
  }
  running += 1;
  try {
    const source = await openBundle(actor, input);
    const header = await headerOf(actor, input);
    await inTenant(actor, (tx) =>
      recordAudit(tx, actor, {
        action: 'log.bundle_exported',
        target: { type: 'log', id: source.logs.at(-1)?.line.origin ?? null, label: null },
        details: { from: header.from, to: header.to, filter: header.filter, proves: header.proves },
      }),
    );
    const name = `audit-log-${header.createdAt.slice(0, 10)}.bundle.ndjson`;
    const text = Readable.from(textOf(header, source), { objectMode: false });
    text.once('close', () => {
      running -= 1;
    });
    return new Response(Readable.toWeb(text) as ReadableStream<Uint8Array>, {
      headers: {
        ...API_HEADERS,
        'content-type': 'application/x-ndjson; charset=utf-8',
        'content-disposition': `attachment; filename="${name}"`,
      },
    });
  } catch (error) {
    running -= 1;
    throw error;
  }
}
