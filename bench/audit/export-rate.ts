import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import type { ExportAuditInput } from '../../lib/platform/audit/contract';
import { exportAuditEvents } from '../../lib/platform/audit/export-events';
import type { Actor } from '../../lib/platform/auth/contract';
import { backendMs, ownProcessorMs } from './processor';

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);

async function drain(response: Response): Promise<{ bytes: number; peakRss: number }> {
  let bytes = 0;
  let peakRss = 0;
  let reads = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (reads++ % 64 === 0) peakRss = Math.max(peakRss, process.memoryUsage().rss);
  }
  return { bytes, peakRss };
}

/** Exports the whole tenant in each format, plain and gzipped; prints rows/s and how much the process grew. */
export async function measureExport(admin: Sql, actor: Actor, filter: ExportAuditInput): Promise<void> {
  const [counted] =
    await admin`select count(*)::integer as rows from public.audit_event where tenant_id = ${actor.tenantId}`;
  const rows = counted?.rows ?? 0;
  for (const format of ['csv', 'ndjson'] as const) {
    for (const encoding of ['identity', 'gzip']) {
      global.gc?.();
      await sleep(50);
      const rssBefore = process.memoryUsage().rss;
      const request = new Request('http://bench.local/export', { headers: { 'accept-encoding': encoding } });
      const startedMs = performance.now();
      const own = ownProcessorMs();
      const backends = await backendMs(admin);
      const before = backends();
      const response = await exportAuditEvents(actor, { ...filter, access: 'show', format }, request);
      const { bytes, peakRss } = await drain(response);
      const seconds = (performance.now() - startedMs) / 1000;
      const perRow = (ms: number) => ((ms * 1000) / rows).toFixed(1);
      console.log(
        `export ${format} ${encoding}: ${Math.round(rows / seconds)} rows/s, ${megabytes(bytes / seconds)} MB/s out, processor us per row: ${perRow(backends() - before)} Postgres, ${perRow(ownProcessorMs() - own)} Node; ` +
          `RSS ${megabytes(rssBefore)} MB before, ${megabytes(peakRss)} MB at most`,
      );
    }
  }
}
