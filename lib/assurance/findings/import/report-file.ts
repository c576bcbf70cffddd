import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';

export const UPLOAD_BYTES_MAX = 100 * 1024 * 1024;

/** Where an upload waits for the worker; `web` and `worker` share the data directory. */
export function reportPath(tenantId: string, scanId: string): string {
  return join(getEnv().dataDir, 'scans', tenantId, scanId);
}

export interface StoredReport {
  bytes: number;
  sha256: string;
}

/**
 * Streams an upload to disk; nothing of it stays in memory, nothing of a broken one on disk.
 * @throws AppError `too_large` beyond 100 MB, `bad_request` where it is empty
 */
export async function storeReport(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  tenantId: string,
  scanId: string,
): Promise<StoredReport> {
  await mkdir(join(getEnv().dataDir, 'scans', tenantId), { recursive: true, mode: 0o700 });
  const file = await open(reportPath(tenantId, scanId), 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > UPLOAD_BYTES_MAX)
        throw new AppError(
          'too_large',
          'The report is larger than 100 MB. Send it with gzip, or one target at a time.',
        );
      hash.update(chunk);
      await file.writev([chunk]);
    }
    if (bytes === 0)
      throw new AppError('bad_request', 'The body is empty. Send the report that the scanner wrote.');
    await file.sync();
    await file.close();
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    await file.close().catch(() => undefined);
    await removeReport(tenantId, scanId);
    throw error;
  }
}

/** Removes an upload and what was made of it. */
export async function removeReport(tenantId: string, scanId: string): Promise<void> {
  const path = reportPath(tenantId, scanId);
  const plain = ['', '.gunzip', '.utf8', '.gunzip.utf8'];
  const made = [...plain, ...plain.map((suffix) => `${suffix}.list`), '.spool'];
  await Promise.all(made.map((suffix) => rm(`${path}${suffix}`, { force: true })));
}
