import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './openbao';

/** The moto server to test with: BULWARK_TEST_MOTO, or `moto_server` on the PATH. */
export const motoBinary: string | null =
  [process.env.BULWARK_TEST_MOTO, 'moto_server'].find(
    (path) => path !== undefined && spawnSync(path, ['--help'], { stdio: 'ignore' }).status === 0,
  ) ?? null;
export const MOTO_MISSING = 'There is no moto: set BULWARK_TEST_MOTO, or put "moto_server" on the PATH.';

type Body = Record<string, unknown>;

export interface AwsStandIn {
  endpoint: string;
  /** Identities (access key ids) that may not read values. */
  denied: Set<string>;
  /** The names of the operations that were asked for, newest last. */
  asked: string[];
  /** Answers this operation with an error once. */
  failNext(operation: string, type: string): void;
  stop(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const refusal = (type: string, message: string) => ({ status: 400, body: { __type: type, message } });

/**
 * What AWS does and moto does not: a token that was used with another value is refused, uses are noted by the day, a
 * rotation without a function is an error instead of a second current version, and a version keeps its date of creation.
 */
class Manners {
  private readonly values = new Map<string, string>();
  private readonly uses = new Map<string, number>();
  private readonly madeAt = new Map<string, number>();
  readonly denied = new Set<string>();
  readonly asked: string[] = [];
  readonly failures = new Map<string, string>();

  refuse(operation: string, body: Body, identity: string): { status: number; body: Body } | null {
    this.asked.push(operation);
    const failure = this.failures.get(operation);
    if (failure) {
      this.failures.delete(operation);
      return refusal(failure, 'planted');
    }
    if (operation === 'GetSecretValue' && this.denied.has(identity))
      return refusal('AccessDeniedException', `User: ${identity} is not authorized`);
    if (operation === 'RotateSecret' && !body.RotationLambdaARN)
      return refusal(
        'InvalidRequestException',
        'No Lambda rotation function ARN is associated with this secret.',
      );
    const token = body.ClientRequestToken;
    if (operation !== 'PutSecretValue' || typeof token !== 'string') return null;
    const digest = createHash('sha256').update(String(body.SecretString)).digest('hex');
    const key = `${body.SecretId} ${token}`;
    const known = this.values.get(key);
    this.values.set(key, known ?? digest);
    return known === undefined || known === digest
      ? null
      : refusal('ResourceExistsException', 'You already used this token with a different value.');
  }

  note(operation: string, body: Body, status: number): void {
    const day = Math.floor(Date.now() / 86_400_000) * 86_400;
    if (operation === 'GetSecretValue' && status === 200) this.uses.set(String(body.SecretId), day);
  }

  complete(operation: string, answer: Body): Body {
    if (operation === 'ListSecrets') {
      const list = (answer.SecretList as Body[] | undefined) ?? [];
      return { ...answer, SecretList: list.map((one) => ({ ...one, ...this.useOf(String(one.Name)) })) };
    }
    if (operation === 'ListSecretVersionIds') {
      const list = (answer.Versions as Body[] | undefined) ?? [];
      const made = (one: Body) => ({
        ...one,
        CreatedDate: this.madeAt.get(String(one.VersionId)) ?? one.CreatedDate,
      });
      return { ...answer, Versions: list.map(made) };
    }
    const { VersionId: version } = answer;
    if (typeof version === 'string' && operation !== 'GetSecretValue' && !this.madeAt.has(version))
      this.madeAt.set(version, Math.floor(Date.now() / 1000));
    return operation === 'DescribeSecret' ? { ...answer, ...this.useOf(String(answer.Name)) } : answer;
  }

  private useOf(name: string): Body {
    const at = this.uses.get(name);
    return at === undefined ? {} : { LastAccessedDate: at };
  }
}

async function forward(request: IncomingMessage, response: ServerResponse, moto: string, manners: Manners) {
  const bytes = await bodyOf(request);
  const operation =
    String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ?? '';
  const identity = /Credential=([^/]+)\//.exec(String(request.headers.authorization))?.[1] ?? '';
  const body: Body = bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : {};
  const reply = (status: number, answer: Body) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  const refused = manners.refuse(operation, body, identity);
  if (refused) return reply(refused.status, refused.body);
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) => !['host', 'content-length', 'connection'].includes(name),
    ),
  ) as Record<string, string>;
  const answer = await fetch(moto, { method: 'POST', headers, body: new Uint8Array(bytes) });
  manners.note(operation, body, answer.status);
  const text = await answer.text();
  return reply(answer.status, manners.complete(operation, text === '' ? {} : JSON.parse(text)));
}

/** For tests only: moto's Secrets Manager behind a proxy that gives it the manners of AWS. */
export async function startAws(): Promise<AwsStandIn> {
  if (motoBinary === null) throw new Error(MOTO_MISSING);
  const port = await freePort();
  const child = spawn(motoBinary, ['-p', String(port)], { stdio: 'ignore' });
  const moto = `http://127.0.0.1:${port}/`;
  for (let attempt = 0; ; attempt++) {
    const isUp = await fetch(moto).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    if (attempt > 600 || child.exitCode !== null) throw new Error('moto did not start.');
    await sleep(100);
  }
  const manners = new Manners();
  const proxy = createServer((request, response) => {
    forward(request, response, moto, manners).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    denied: manners.denied,
    asked: manners.asked,
    failNext: (operation, type) => manners.failures.set(operation, type),
    stop: async () => {
      proxy.closeAllConnections();
      proxy.close();
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
