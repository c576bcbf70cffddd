import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Authorized,
  authorize,
  authorizeForEnvoy,
  authorizeForNginx,
  type Held,
} from '@/lib/access/gate/test/authorize';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import { TEST_PEPPER } from '@/lib/access/gate/test/key-world';
import { testPolicy } from '@/lib/access/gate/test/policies';
import { SELF_TEST_HEADER, signSelfTest } from '@/lib/platform/core/http/self-test';

const HOST = 'limit-self-test.invalid';
const ROUTES = '- { name: self-test, path: /probe, access: public }';

let scene: GateScene;
beforeAll(async () => {
  scene = await openGateScene({ policy: testPolicy(ROUTES) });
});
afterAll(() => scene.stop());

const held = (mark: string, more: Held = {}): Held => ({
  host: HOST,
  uri: '/probe',
  headers: [[SELF_TEST_HEADER, mark]],
  ...more,
});
const mark = (host = HOST, pepper = TEST_PEPPER.value) => signSelfTest(pepper, host, Date.now());
const rowOf = ({ headers }: Authorized) => scene.rowOf(String(headers['x-request-id']));

async function decisionsCounted(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${scene.port}/metrics`)).text();
  const counts = [...text.matchAll(/^bulwark_gate_decisions_total\{[^}]*\} (\d+)/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('a request that Bulwark sends to test itself', () => {
  it.each([
    ['Traefik', authorize],
    ['nginx', authorizeForNginx],
    ['Envoy', authorizeForEnvoy],
  ] as const)(
    'is decided as any other behind %s, recorded as what it is, and counted nowhere',
    async (_, ask) => {
      const before = await decisionsCounted();
      const answer = await ask(scene.port, held(mark()));
      expect(answer.status).toBe(200);
      expect(await rowOf(answer)).toMatchObject({
        category: 'system',
        action: 'gate.self_test',
        outcome: 'success',
        code: 'VALID',
        target_id: 'self-test',
      });
      const denied = await ask(scene.port, held(mark(), { uri: '/elsewhere' }));
      expect(denied.status).toBe(403);
      expect(await rowOf(denied)).toMatchObject({
        category: 'system',
        code: 'ROUTE_DENIED',
        outcome: 'denied',
      });
      expect(await decisionsCounted()).toBe(before);
    },
  );

  it.each([
    ['another host', () => held(mark('api.example.org'))],
    ['another pepper', () => held(mark(HOST, 'x'.repeat(32)))],
    ['the past', () => held(signSelfTest(TEST_PEPPER.value, HOST, Date.now() - 600_000))],
    ['nobody', () => held('self-test')],
    ['nothing', () => held('')],
  ])('is an ordinary one where its mark is of %s', async (_, ask) => {
    const before = await decisionsCounted();
    const answer = await authorize(scene.port, ask());
    expect(await rowOf(answer)).toMatchObject({ category: 'decision', action: 'gate.authorize' });
    expect(await decisionsCounted()).toBe(before + 1);
  });
});

it('is marked where the worker is no trusted proxy too', async () => {
  const strict = await openGateScene({ policy: testPolicy(ROUTES, '10.9.9.9') });
  try {
    const answer = await authorize(strict.port, held(mark()));
    expect(answer.status).toBe(403);
    expect(await strict.rowOf(String(answer.headers['x-request-id']))).toMatchObject({
      category: 'system',
      action: 'gate.self_test',
      code: 'UNTRUSTED_PROXY',
    });
  } finally {
    await strict.stop();
  }
});
