import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { testJobActor } from '@/db/test/scene';
import type { ListFindingsInput, ScanDto, UploadScanInput } from '@/lib/assurance/findings/contract';
import { importScan } from '@/lib/assurance/findings/import/import-scan';
import { uploadScan } from '@/lib/assurance/findings/import/upload-scan';
import { listFindings } from '@/lib/assurance/findings/read/queries';
import { getScan } from '@/lib/assurance/findings/read/scan-queries';
import type { Actor } from '@/lib/platform/auth/contract';

export const FIXTURES = join(process.cwd(), '../shared/fixtures');

/** Where this process keeps uploads, and the key that seals fingerprints; call it before the scene is opened. */
export function prepareFindings(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-findings-'));
  vi.stubEnv('BULWARK_DATA_DIR', folder);
  vi.stubEnv('ENCRYPTION_KEY', 'Zk3VbN5kLr7TzW1cYd4FhGm9PsQe6uR2');
  return folder;
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Uploads a report as `actor` and imports it as the worker does. */
export async function bring(actor: Actor, report: unknown, input: UploadScanInput): Promise<ScanDto> {
  const bytes = Buffer.isBuffer(report)
    ? report
    : Buffer.from(typeof report === 'string' ? report : JSON.stringify(report));
  const { scanId } = await uploadScan(actor, input, once(bytes));
  await importScan(testJobActor(actor.tenantId), scanId);
  return getScan(actor, scanId);
}

export const fixture = (path: string) => readFile(join(FIXTURES, path));

export async function all(actor: Actor, input: ListFindingsInput) {
  const items = [];
  let cursor: string | undefined;
  do {
    const page = await listFindings(actor, { ...input, limit: 200, ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return items;
}

export interface Vulnerability {
  id: string;
  severity?: string;
  name?: string;
  version?: string;
  aliases?: string[];
  status?: string;
}

/** A Trivy report of one lock file. */
export function trivyReport(vulnerabilities: readonly Vulnerability[], target = 'package-lock.json') {
  return {
    SchemaVersion: 2,
    ArtifactName: 'web',
    Results: [
      {
        Target: target,
        Class: 'lang-pkgs',
        Type: 'npm',
        Vulnerabilities: vulnerabilities.map(
          ({ id, severity = 'HIGH', name = 'left-pad', version = '1.0.0', aliases, status }) => ({
            VulnerabilityID: id,
            PkgName: name,
            InstalledVersion: version,
            Severity: severity,
            ...(aliases ? { VendorIDs: aliases } : {}),
            ...(status ? { Status: status } : {}),
          }),
        ),
      },
    ],
  };
}

export const numbered = (count: number, severity = 'HIGH') =>
  Array.from({ length: count }, (_, i): Vulnerability => ({ id: `CVE-2024-${1000 + i}`, severity }));
