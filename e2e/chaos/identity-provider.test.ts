import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { TestBrowser } from '@/db/test/browser';
import { askAboutKey, asOperator, get } from './stand/asking';
import { World } from './stand/world';

const UNAVAILABLE = '/login?error=unavailable';
const SENTENCE = 'Could not reach the sign-in provider.';

let world: World;
beforeAll(async () => {
  world = await World.open({ processes: ['web', 'gate', 'local-idp'] });
});
afterAll(() => world.close());

/** Whatever happened to the provider, sessions and keys go on meanwhile, and sign-in works again afterwards. */
afterEach(async () => {
  const provider = world.app('local-idp');
  provider.signal('SIGCONT');
  if (!provider.isRunning) provider.start();
  await provider.untilUp('/healthz');
  expect(await signIn()).toMatch(/^\/(overview)?$/);
});

async function expectOthersUnharmed(): Promise<void> {
  expect((await asOperator(world, '/api/v1/me')).status).toBe(200);
  expect((await askAboutKey(world)).json.code).toBe('VALID');
  expect((await get(world.app('web').url('/readyz'))).status).toBe(200);
}

/** Signs in by the whole flow. @returns the path to which the console leads in the end, or where else it leads */
async function signIn(): Promise<string> {
  const console = world.app('web').url('').replace(/\/$/, '');
  const browser = new TestBrowser(console, (request) => fetch(request));
  let response = await browser.open(
    `${console}/api/auth/signin/local`,
    { callbackUrl: '/' },
    { origin: console },
  );
  let url = console;
  for (let step = 0; step < 10; step++) {
    url = TestBrowser.next(response, url);
    const { origin, pathname, search } = new URL(url);
    if (origin === console && !pathname.startsWith('/api/')) return pathname + search;
    if (origin !== console && new URL(origin).hostname !== 'localhost') return `elsewhere: ${origin}`;
    response = await browser.open(url, pathname.startsWith('/interaction/') ? { name: 'Grace' } : undefined);
  }
  throw new Error('The sign-in does not end.');
}

async function timedSignIn(): Promise<{ path: string; tookMs: number }> {
  const startedMs = performance.now();
  return { path: await signIn(), tookMs: performance.now() - startedMs };
}

/** Somebody else answers at the provider's address: with these bytes, every 100 ms, or once and no more. */
async function withImpostor(bytes: string, isDrip: boolean, work: () => Promise<void>): Promise<void> {
  await world.app('local-idp').kill();
  const timers = new Set<NodeJS.Timeout>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (!isDrip) return void socket.end(bytes);
      socket.write(bytes);
      const timer = setInterval(() => socket.write(' '), 100);
      timers.add(timer);
      socket.once('close', () => clearInterval(timer));
    });
  });
  await new Promise<void>((resolve) => server.listen(world.app('local-idp').port, '127.0.0.1', resolve));
  try {
    await work();
  } finally {
    for (const timer of timers) clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const http = (status: string, type: string, body: string) =>
  `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;

it('down: the sign-in page says so, and who is signed in works on', async () => {
  await world.app('local-idp').kill();
  expect(await signIn()).toBe(UNAVAILABLE);
  expect((await get(world.app('web').url(UNAVAILABLE))).text).toContain(SENTENCE);
  await expectOthersUnharmed();
});

it('slow: a paused provider is given up within ten seconds', async () => {
  world.app('local-idp').signal('SIGSTOP');
  const { path, tookMs } = await timedSignIn();
  expect(path).toBe(UNAVAILABLE);
  expect(tookMs).toBeLessThan(10_000);
  await expectOthersUnharmed();
});

it('slow: an answer that drips and never ends is given up after nine seconds', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{';
  await withImpostor(head, true, async () => {
    const { path, tookMs } = await timedSignIn();
    expect(path).toBe(UNAVAILABLE);
    expect(tookMs).toBeLessThan(12_000);
  });
});

it('full: a provider that answers 429 or 503 is one that cannot be reached', async () => {
  for (const status of ['429 Too Many Requests', '503 Service Unavailable']) {
    await withImpostor(http(status, 'application/json', '{}'), false, async () => {
      expect(await signIn()).toBe(UNAVAILABLE);
      await expectOthersUnharmed();
    });
  }
});

it('wrong answer: a page, half a document and bytes that are not HTTP sign nobody in', async () => {
  const answers = [
    http('200 OK', 'text/html', '<h1>Welcome to the hotel</h1>'),
    http('200 OK', 'application/json', '{"issuer": "http://localh'),
    http(
      '200 OK',
      'application/json',
      '{"issuer":"http://evil.test","authorization_endpoint":"http://evil.test/a"}',
    ),
    '\u0000\u0001SSH-2.0-what',
  ];
  for (const answer of answers) {
    await withImpostor(answer, false, async () => {
      // Whoever answers at the provider's address may send the browser on; nobody comes back signed in from there.
      expect(await signIn()).toMatch(/^(\/login\?error=(unavailable|failed)|elsewhere: http:\/\/evil.test)$/);
    });
  }
  await expectOthersUnharmed();
});

it('flapping: a provider killed in mid sign-in costs that sign-in only', async () => {
  for (let round = 0; round < 3; round++) {
    const attempt = signIn().catch(() => 'no answer of the provider itself');
    await sleep(20 * round);
    await world.app('local-idp').kill();
    expect(await attempt).toMatch(/^\/(login\?error=|overview|$)|no answer/);
    await expectOthersUnharmed();
    world.app('local-idp').start();
    await world.app('local-idp').untilUp('/healthz');
  }
});
