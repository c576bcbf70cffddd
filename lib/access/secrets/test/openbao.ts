import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The OpenBao to test with: BULWARK_TEST_OPENBAO, or `bao` on the PATH. Null: tests with it say that they are skipped. */
export const openbaoBinary: string | null =
  [process.env.BULWARK_TEST_OPENBAO, 'bao'].find(
    (path) => path !== undefined && spawnSync(path, ['version'], { stdio: 'ignore' }).status === 0,
  ) ?? null;
export const OPENBAO_MISSING = 'There is no OpenBao: set BULWARK_TEST_OPENBAO, or put "bao" on the PATH.';

export interface OpenBao {
  address: string;
  rootToken: string;
  /** As root: the body of the answer; throws where the server refuses. */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<Record<string, unknown>>;
  policy(name: string, rules: Record<string, readonly string[]>): Promise<void>;
  token(policies: readonly string[], more?: object): Promise<string>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** For tests only: a real OpenBao in memory, unsealed, with KV version 2 at `secret`. */
export async function startOpenBao(): Promise<OpenBao> {
  if (openbaoBinary === null) throw new Error(OPENBAO_MISSING);
  const port = await freePort();
  const rootToken = `root-${randomBytes(8).toString('hex')}`;
  const address = `http://127.0.0.1:${port}`;
  const args = [
    'server',
    '-dev',
    '-dev-no-store-token',
    `-dev-root-token-id=${rootToken}`,
    `-dev-listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(openbaoBinary, args, {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: '/nonexistent' } as unknown as NodeJS.ProcessEnv,
  });
  const call: OpenBao['call'] = async (method, path, body) => {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': rootToken },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  for (let attempt = 0; ; attempt++) {
    const isUp = await call('GET', 'secret/config').then(
      () => true,
      () => false,
    );
    if (isUp) break;
    if (attempt > 150 || child.exitCode !== null) throw new Error('OpenBao did not start.');
    await sleep(100);
  }
  return {
    address,
    rootToken,
    call,
    policy: async (name, rules) => {
      const policy = Object.entries(rules)
        .map(([path, capabilities]) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`)
        .join('\n');
      await call('PUT', `sys/policies/acl/${name}`, { policy });
    },
    token: async (policies, more = {}) => {
      const answer = await call('POST', 'auth/token/create', { policies, ...more });
      return (answer.auth as { client_token: string }).client_token;
    },
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
