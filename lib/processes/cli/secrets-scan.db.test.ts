// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what compose files hold
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyActor, openScene, type Scene, userActor } from '@/db/test/scene';
import { fingerprintKey } from '@/lib/access/secrets/fingerprint-key';
import { listSecrets } from '@/lib/access/secrets/queries';
import { uploadSecretScan } from '@/lib/access/secrets/upload-scan';
import { isAppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { runCli } from './run';

const KEY = 'blw_test_key';
const COMPOSE = [
  'services:',
  '  db:',
  '    environment:',
  '      POSTGRES_PASSWORD: heimdall',
  '      OTHER_PASSWORD: ${DB_PASSWORD}',
  '      APP_PASSWORD_FILE: /run/secrets/app',
  '      DATABASE_URL: postgres://u:hunter2hunter2@h/d',
].join('\n');

let scene: Scene;
let folder: string;
let server: Server;
/** Every byte that reached the console: lines, headers and bodies. */
let captured: string[] = [];

/** The two calls that the command makes, answered by the real verbs. */
function openConsole(): Server {
  const actor = keyActor(newId(), ['secrets:write']);
  return createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    captured.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`);
    const answer = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    try {
      if (request.headers.authorization !== `Bearer ${KEY}`) answer(401, { detail: 'The key is not valid.' });
      else if (request.url === '/api/v1/secrets/scans/key') answer(200, await fingerprintKey(actor));
      else if (request.url === '/api/v1/secrets/scans')
        answer(200, await uploadSecretScan(actor, JSON.parse(body)));
      else answer(404, { detail: 'Not found.' });
    } catch (error) {
      answer(isAppError(error) ? error.status : 500, { detail: String(error) });
    }
  }).listen(0, '127.0.0.1');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-scan-'));
  server = openConsole();
  await new Promise((resolve) => server.once('listening', resolve));
  vi.stubEnv('BULWARK_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('BULWARK_API_KEY', KEY);
  vi.stubEnv('ENCRYPTION_KEY', 'u3Rk8WdZ1pXe6TnM4bVy9HcQ7sLg2JfA');
  scene = await openScene();
});
beforeEach(() => {
  captured = [];
});
afterAll(async () => {
  server.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...words: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(['secrets', ...words], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const inventory = async () => (await listSecrets(await userActor('operator'), { limit: 200 })).items;

describe('bulwark secrets scan-compose', () => {
  it('names what is written out, and no value leaves the machine', async () => {
    const path = file('docker-compose.yml', COMPOSE);
    const { code, out } = await run('scan-compose', path);
    expect(code).toBe(0);
    expect(out).toContain(`${path}: 2 plain secrets, 0 held as secrets, 2 references.`);
    expect(out).toMatch(
      /POSTGRES_PASSWORD +\S+docker-compose\.yml:4 +services\.db\.environment\.POSTGRES_PASSWORD +the name says so/,
    );
    expect(out).toMatch(/DATABASE_URL +\S+:7 .*the address contains a password/);
    expect(captured).toHaveLength(2);
    const traffic = captured.join('\n');
    for (const secret of ['heimdall', 'hunter2', 'postgres://', Buffer.from('heimdall').toString('base64')]) {
      expect(traffic, secret).not.toContain(secret);
      expect(out, secret).not.toContain(secret);
    }
    expect(
      (await inventory()).map(({ name, lengthClass, samePlaces }) => [name, lengthClass, samePlaces]).sort(),
    ).toEqual([
      ['DATABASE_URL', '8-15', 1],
      ['POSTGRES_PASSWORD', '8-15', 1],
    ]);
  });

  it('sees the same secret in another place by its digest', async () => {
    const environ = file('environ', `PATH=/bin\0DB_PASSWORD=hunter2hunter2\0`);
    expect((await run('scan-proc', environ)).code).toBe(0);
    const twins = (await inventory()).filter(({ samePlaces }) => samePlaces === 2).map(({ name }) => name);
    expect(twins.sort()).toEqual(['DATABASE_URL', 'DB_PASSWORD']);
    expect(captured.join('\n')).not.toContain('hunter2');
  });

  it('sends nothing in a dry run, and fails a build where it is asked to', async () => {
    const path = file('dry.yml', COMPOSE);
    expect(await run('scan-compose', path, '--dry-run')).toMatchObject({ code: 0 });
    expect(await run('scan-compose', path, '--dry-run', '--fail')).toMatchObject({ code: 1 });
    const clean = file('clean.yml', 'services: { web: { environment: { PORT: "80" } } }');
    expect(await run('scan-compose', clean, '--dry-run', '--fail')).toMatchObject({ code: 0 });
    expect(captured).toEqual([]);
  });

  it('prints JSON for machines, without values', async () => {
    const { out } = await run('scan-compose', file('j.yml', COMPOSE), '--json', '--dry-run');
    const { sources } = JSON.parse(out);
    expect(sources[0].plain.map(({ name, line }: { name: string; line: number }) => [name, line])).toEqual([
      ['POSTGRES_PASSWORD', 4],
      ['DATABASE_URL', 7],
    ]);
    expect(out).not.toMatch(/heimdall|hunter2/);
  });

  it('uploads nothing where one of the files cannot be read, and says which', async () => {
    const { code, out } = await run(
      'scan-compose',
      file('k.yml', COMPOSE),
      join(folder, 'absent.yml'),
      file('bad.yml', 'a: ['),
    );
    expect(code).toBe(1);
    expect(out).toContain('absent.yml (ENOENT)');
    expect(out).toContain('bad.yml is not valid YAML (line 1).');
    expect(out).toContain('Nothing was uploaded because a file could not be read.');
    expect(captured).toEqual([]);
  });

  it('joins files of one named source, and what is gone from it is gone', async () => {
    const one = file('one.yml', 'services: { a: { environment: { A_TOKEN: abc } } }');
    const two = file('two.yml', 'services: { a: { environment: { A_TOKEN: def } } }');
    expect((await run('scan-compose', one, two, '--source', 'shop')).out).toContain(
      'Uploaded shop: 2 written out',
    );
    expect((await run('scan-compose', one, '--source', 'shop')).out).toContain('2 no longer there');
  });

  it('says how it is called', async () => {
    expect(await run('scan-compose')).toMatchObject({ code: 2 });
    expect(await run('scan-compose', file('l.yml', COMPOSE), '--value')).toMatchObject({ code: 2 });
  });
});
