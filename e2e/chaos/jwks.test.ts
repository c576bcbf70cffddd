import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Authorized, authorize } from '@/lib/access/gate/test/authorize';
import { StandInGoTrue } from '@/lib/access/supabase/test/gotrue';
import type { AppProcess } from './stand/app-process';
import { askAboutKey, get, metric, until } from './stand/asking';
import { chaosPort } from './stand/ports';
import { UnreliableProxy } from './stand/unreliable-proxy';
import { World } from './stand/world';

const ROUTES = `
version: 1
trustedProxies: [127.0.0.1]
routes:
  - { name: all, path: /**, access: authenticated, accept: ['supabase:bearer', 'key:x-api-key'] }
`;

const gotrue = new StandInGoTrue();
const folder = mkdtempSync(join(tmpdir(), 'bulwark-chaos-policy-'));
let world: World;
let way: UnreliableProxy;
let key: Awaited<ReturnType<StandInGoTrue['rotate']>>;

beforeAll(async () => {
  await gotrue.start();
  key = await gotrue.rotate('ES256');
  way = new UnreliableProxy(await chaosPort(), Number(new URL(gotrue.url).port));
  await way.listen();
  writeFileSync(join(folder, 'gate.yaml'), ROUTES);
  world = await World.open({
    processes: ['gate'],
    env: {
      SUPABASE_URL: gotrue.url,
      SUPABASE_JWKS_URL: gotrue.jwksUrl.replace(gotrue.url, `http://127.0.0.1:${way.port}`),
      GATE_ROUTES_FILE: join(folder, 'gate.yaml'),
    },
  });
});
afterAll(async () => {
  await world.close();
  await way.close();
  await gotrue.stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  way.set('none');
  way.delayMs = 0;
  gotrue.failWith = null;
  gotrue.publish([key.jwk]);
});

const token = () => gotrue.sign(key, gotrue.claims());

async function ask(gate: AppProcess, bearer: string): Promise<Authorized & { tookMs: number }> {
  const startedMs = performance.now();
  const answer = await authorize(gate.port, { uri: '/x', headers: [['Authorization', `Bearer ${bearer}`]] });
  return { ...answer, tookMs: performance.now() - startedMs };
}

/** A gate that has not read the key set: it reads at its start, so the trouble is there before. */
async function coldGate(trouble: () => void, work: (gate: AppProcess) => Promise<void>): Promise<void> {
  trouble();
  const gate = await world.addAnother({ kind: 'gate' });
  try {
    await gate.untilUp();
    await work(gate);
  } finally {
    await gate.stop();
  }
}

/** No token is believed without a key; keys of our own go on; the gate stays ready and recovers by itself. */
async function expectClosedThenOpen(gate: AppProcess, mend: () => void): Promise<void> {
  const bearer = await token();
  const answer = await ask(gate, bearer);
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
  expect(answer.body?.code).toMatch(/unavailable/);
  expect(answer.tookMs).toBeLessThan(5_000);
  expect((await askAboutKey(world, gate.port)).json.code).toBe('VALID');
  expect((await get(gate.url('/readyz'))).status).toBe(200);
  mend();
  await until('tokens are verified again', async () => (await ask(gate, bearer)).status === 200, 15_000);
}

it('down: a gate that never read the keys answers 503 to tokens, not to keys', () =>
  coldGate(
    () => way.set('refuse'),
    async (gate) => {
      await expectClosedThenOpen(gate, () => way.set('none'));
    },
  ));

it('down: a gate that has read the keys verifies on, and its age is a metric', async () => {
  const gate = world.app('gate');
  expect((await ask(gate, await token())).status).toBe(200);
  way.set('refuse');
  expect((await ask(gate, await token())).status).toBe(200);
  expect(await metric(gate.url('/metrics'), 'bulwark_jwks_age_seconds')).toBeGreaterThanOrEqual(0);
});

it('slow: a key set that does not arrive is given up after three seconds', () =>
  coldGate(
    () => way.set('hang'),
    async (gate) => {
      await expectClosedThenOpen(gate, () => way.set('none'));
    },
  ));

it('full: a provider that answers 429 or 503 is one that cannot be reached', () =>
  coldGate(
    () => {
      gotrue.failWith = 503;
    },
    async (gate) => {
      await expectClosedThenOpen(gate, () => {
        gotrue.failWith = null;
      });
    },
  ));

it('full: more keys than anybody publishes are not read', () =>
  coldGate(
    () => gotrue.publish(Array.from({ length: 2_000 }, (_, i) => ({ ...key.jwk, kid: `flood-${i}` }))),
    async (gate) => {
      await expectClosedThenOpen(gate, () => gotrue.publish([key.jwk]));
    },
  ));

it('wrong answer: bytes that are no key set leave the gate without keys, never with wrong ones', () =>
  coldGate(
    () => way.set('garbage'),
    async (gate) => {
      await expectClosedThenOpen(gate, () => way.set('none'));
    },
  ));

it('wrong answer: keys that are not those of the token refuse it', async () => {
  const other = await gotrue.rotate('ES256', true);
  await coldGate(
    () => gotrue.publish([{ ...other.jwk, kid: key.kid }]),
    async (gate) => {
      expect(await ask(gate, await token())).toMatchObject({ status: 401 });
      expect((await ask(gate, await gotrue.sign(other, gotrue.claims()))).status).toBe(401);
    },
  );
});

it('flapping: a key set that comes and goes refuses no token whose key is known', async () => {
  const gate = world.app('gate');
  expect((await ask(gate, await token())).status).toBe(200);
  const statuses = new Set<number>();
  for (let round = 0; round < 20; round++) {
    way.set(round % 2 === 0 ? 'refuse' : 'none');
    statuses.add((await ask(gate, await token())).status);
  }
  expect([...statuses]).toEqual([200]);
});
