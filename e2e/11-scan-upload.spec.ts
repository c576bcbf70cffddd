import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataDir, expect, test } from './fixtures';

const base = Number(process.env.E2E_PORT_BASE);
const run = promisify(execFile);
const product = { BULWARK_DATA_DIR: dataDir, BULWARK_PG_PORT: String(base + 4), BULWARK_MODE: 'local' };

interface Ended {
  code: number;
  text: string;
}

async function ended(file: string, words: string[], env: Record<string, string>): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(file, words, { env: { ...process.env, ...env } });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

const bulwark = (words: string[], env: Record<string, string>) =>
  ended(process.execPath, ['bin/bulwark.mjs', ...words], { ...product, ...env });

const trivyReport = (count: number) => ({
  SchemaVersion: 2,
  ArtifactName: 'web',
  Results: [
    {
      Target: 'package-lock.json',
      Class: 'lang-pkgs',
      Type: 'npm',
      Vulnerabilities: Array.from({ length: count }, (_, i) => ({
        VulnerabilityID: `CVE-2024-${1000 + i}`,
        PkgName: 'left-pad',
        InstalledVersion: '1.0.0',
        Severity: 'MEDIUM',
      })),
    },
  ],
});

test('a build uploads its scans with the command and with curl, and fails as it was asked to', async () => {
  test.setTimeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-ci-'));
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const made = await bulwark(
    ['keys', 'create', '--name', 'ci', '--scopes', 'scans:write,scans:read', '--json'],
    {},
  );
  const env = {
    BULWARK_URL: `http://localhost:${base}`,
    BULWARK_API_KEY: JSON.parse(made.text).secret as string,
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
  };
  const [some, none] = [file('some.json', trivyReport(20)), file('none.json', trivyReport(0))];
  const broken = file('broken.json', '{"SchemaVersion": 2, "Results": [');
  /** Both ways of a build, each with an asset of its own. */
  const ways = {
    command: (path: string, limit: string, more = {}) =>
      bulwark(['scan', 'upload', path, '--asset', 'ci command', '--fail-on', limit], { ...env, ...more }),
    curl: (path: string, limit: string, more = {}) =>
      ended('sh', ['docs/ci/upload-scan.sh', path, 'ci curl', 'main', limit], { ...env, ...more }),
  };
  try {
    for (const [name, upload] of Object.entries(ways)) {
      await test.step(name, async () => {
        expect(await upload(some, 'high')).toMatchObject({
          code: 0,
          text: expect.stringContaining('20 new'),
        });
        expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')).toContain('| Medium | 20 |');
        rmSync(env.GITHUB_STEP_SUMMARY);
        expect(await upload(some, 'medium')).toMatchObject({
          code: 1,
          text: expect.stringContaining('There are open findings of severity medium or worse'),
        });
        const held = await upload(none, 'medium');
        expect(held).toMatchObject({
          code: 1,
          text: expect.stringContaining('Held for review: '),
        });
        expect(await upload(broken, 'high')).toMatchObject({
          code: 3,
          text: expect.stringContaining('is truncated'),
        });
        expect(await upload(some, 'terrible')).toMatchObject({ code: 2 });
        const wrong = await upload(some, 'high', { BULWARK_API_KEY: 'blw_live_wrong' });
        expect(wrong).toMatchObject({ code: 3, text: expect.stringContaining('API key rejected') });
        const down = await upload(some, 'high', { BULWARK_URL: 'http://localhost:9' });
        expect(down).toMatchObject({ code: 3, text: expect.stringContaining('Not imported') });
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
