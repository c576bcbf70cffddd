import { once } from 'node:events';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openAuthority } from '@/lib/assurance/checklist/test/certificates';
import { BackendError } from './backend';
import { VaultClient } from './vault-client';

const authority = openAuthority();
const servers: ReturnType<typeof createHttpsServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(options: ServerOptions): Promise<string> {
  const server = createHttpsServer(options, (_, response) => response.end('{"data":{"a":1}}'));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

const ask = (address: string, caPath: string | null) =>
  new VaultClient({ address, namespace: null, caPath }).get('sys/health', 's.hunter2');
const problemOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'none',
    (error: unknown) =>
      error instanceof BackendError ? `${error.problem}: ${error.message}` : String(error),
  );

describe.skipIf(!authority)('a server with a certificate', () => {
  it('is read under the authority that the settings name', async () => {
    const good = await serve({ ...authority?.issue('localhost', -1, 90) });
    expect((await ask(good, authority?.caFile ?? null))?.data).toEqual({ a: 1 });
  });

  it.each<[string, string, number, number, boolean]>([
    ['tls_unknown_ca: The certificate of localhost:', 'localhost', -1, 90, false],
    ['tls_expired: The certificate of localhost:', 'localhost', -30, -1, true],
    ['tls_not_yet_valid: The certificate of localhost:', 'localhost', 2, 90, true],
    ['tls_name: The certificate is for another name than localhost:', 'other.example', -1, 90, true],
  ])('says %s', async (sentence, name, from, until, isTrusted) => {
    const address = await serve({ ...authority?.issue(name, from, until) });
    const problem = await problemOf(ask(address, isTrusted ? (authority?.caFile ?? null) : null));
    expect(problem).toContain(sentence);
    expect(problem).not.toContain('hunter2');
  });
});

it('names the file of an authority that is not there', () => {
  const open = () =>
    new VaultClient({ address: 'https://vault.example.org', namespace: null, caPath: '/nowhere/ca.pem' });
  expect(open).toThrow('Could not read /nowhere/ca.pem, which VAULT_CACERT names.');
});
