import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretDigester } from '@/lib/assurance/findings/import/identity';
import { openReport } from '@/lib/assurance/findings/import/read-report';
import { changes, damages } from '@/lib/assurance/findings/test/mutate';

const FIXTURES = join(process.cwd(), '../shared/fixtures');
const TOOLS = ['cyclonedx', 'gitleaks', 'npm_audit', 'sarif', 'snyk', 'trivy'];
const SIZE_MAX = 150_000;
const digestSecret = secretDigester(Buffer.alloc(32, 7));

let folder: string;
let written = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-mutations-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Real reports of a tool, as bytes; large ones are left out, as there are small ones of the same shape. */
function reportsOf(tool: string): Buffer[] {
  return readdirSync(join(FIXTURES, tool))
    .map((name) => readFileSync(join(FIXTURES, tool, name)))
    .filter((bytes) => bytes.length > 0 && bytes.length <= SIZE_MAX);
}

function jsonOf(bytes: Buffer): unknown[] {
  try {
    return [JSON.parse(bytes.toString())];
  } catch {
    return [];
  }
}

/** Reads to the end. @returns the name of the error, or how many findings there were, each fit to be stored */
async function outcomeOf(content: Buffer | string): Promise<string | number> {
  written += 1;
  const path = join(folder, `report-${written}`);
  writeFileSync(path, content);
  let found = 0;
  try {
    const report = await openReport(path, null, { digestSecret });
    try {
      for await (const finding of report.findings) {
        const text = JSON.stringify(finding);
        if (finding.ids[0] === '' || !text.isWellFormed() || text.includes('\\u0000')) return 'unfit';
        found += 1;
      }
    } finally {
      await report.close();
    }
    return found;
  } catch (error) {
    return error instanceof Error ? error.name : 'no error';
  } finally {
    rmSync(path, { force: true });
  }
}

function expectReadOrRefused(outcome: string | number): void {
  if (typeof outcome === 'string') expect(outcome).toBe('ReportProblem');
}

describe.skipIf(!existsSync(FIXTURES)).each(TOOLS)('real reports of %s', (tool) => {
  it('are read or refused, whatever is changed in them', async () => {
    const values = reportsOf(tool).flatMap(jsonOf);
    expect(values.length).toBeGreaterThan(5);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...values), changes, async (report, change) =>
        expectReadOrRefused(await outcomeOf(JSON.stringify(change(report)))),
      ),
      { numRuns: 150 },
    );
  });

  it('are read or refused, however their bytes are damaged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...reportsOf(tool)), damages, async (bytes, damage) =>
        expectReadOrRefused(await outcomeOf(damage(bytes))),
      ),
      { numRuns: 100 },
    );
  });
});
