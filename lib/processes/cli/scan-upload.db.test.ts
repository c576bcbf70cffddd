import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { keyActor, openScene, type Scene, testJobActor } from '@/db/test/scene';
import { importScan } from '@/lib/assurance/findings/import/import-scan';
import { uploadScan } from '@/lib/assurance/findings/import/upload-scan';
import { getScan } from '@/lib/assurance/findings/read/scan-queries';
import { numbered, prepareFindings, trivyReport } from '@/lib/assurance/findings/test/reports';
import { newId } from '@/lib/platform/core/ids';
import { runCli } from './run';

const KEY = 'blw_test_key';
const PORT = 4711;
let scene: Scene;
let folder: string;
let server: Server;

/** The two calls that the command makes, answered by the real verbs with the import done at once. */
function openConsole(): Server {
  const actor = keyActor(newId(), ['scans:write', 'scans:read']);
  return createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${KEY}`)
      return answer(401, { detail: 'The key is not valid.' });
    const url = new URL(request.url ?? '', 'http://localhost');
    if (request.method === 'GET')
      return answer(200, await getScan(actor, url.pathname.split('/').at(-1) ?? ''));
    const input = Object.fromEntries(url.searchParams) as { asset: string };
    const uploaded = await uploadScan(actor, input, request, String(request.headers['idempotency-key']));
    await importScan(testJobActor(), uploaded.scanId);
    answer(202, uploaded);
  }).listen(PORT, '127.0.0.1');
}

beforeAll(async () => {
  folder = prepareFindings();
  vi.stubEnv('BULWARK_URL', `http://127.0.0.1:${PORT}`);
  vi.stubEnv('BULWARK_API_KEY', KEY);
  vi.stubEnv('GITHUB_STEP_SUMMARY', join(folder, 'summary.md'));
  scene = await openScene();
  server = openConsole();
});
afterAll(async () => {
  server.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

async function upload(report: unknown, ...words: string[]) {
  const path = join(folder, 'report.json');
  writeFileSync(path, typeof report === 'string' ? report : JSON.stringify(report));
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(['scan', 'upload', path, ...words], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('bulwark scan upload', () => {
  it('shows what is open, and fails a build only at the limit', async () => {
    const report = trivyReport(numbered(3, 'MEDIUM'));
    const good = await upload(report, '--asset', 'web', '--fail-on', 'high');
    expect(good).toMatchObject({ code: 0, err: '' });
    expect(good.out).toMatch(
      /Trivy on web \(main\)[\s\S]*Medium +3[\s\S]*3 found: 3 new[\s\S]*No open finding of severity high/,
    );
    const bad = await upload(report, '--asset', 'web', '--fail-on', 'medium');
    expect(bad.code).toBe(1);
    expect(bad.out).toContain('3 known; 0 fixed');
    const summary = readFileSync(join(folder, 'summary.md'), 'utf8');
    expect(summary).toContain('| Medium | 3 |');
    expect(JSON.parse((await upload(report, '--asset', 'web', '--json')).out)).toMatchObject({
      status: 'done',
      counts: { unchanged: 3 },
    });
  });

  it('writes no markup of others into the summary', async () => {
    await upload(trivyReport([]), '--asset', '<img src=x> [a](http://x)');
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toContain(
      '\\<img src=x\\> \\[a\\]\\(http://x\\)',
    );
  });

  it('ends with 3 where nothing was imported, and 2 where it was not understood', async () => {
    const text = await upload('Total: 3', '--asset', 'web');
    expect(text).toMatchObject({ code: 3, out: expect.stringContaining('This is plain text ("Total: 3")') });
    expect((await upload('{}', '--asset', 'web', '--fail-on', 'huge')).code).toBe(2);
    expect((await upload('{}')).code).toBe(2);
    const missing = await runCli(['scan', 'upload', join(folder, 'none.json'), '--asset', 'web'], {
      out: () => undefined,
      err: () => undefined,
    });
    expect(missing).toBe(3);
  });

  it('says when a run is held', async () => {
    await upload(trivyReport(numbered(20)), '--asset', 'held');
    const held = await upload(trivyReport([]), '--asset', 'held', '--fail-on', 'high');
    expect(held).toMatchObject({ code: 1, out: expect.stringContaining('Held for review: ') });
  });
});
