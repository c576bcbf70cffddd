import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { uploadSecretScan } from '@/lib/access/secrets/upload-scan';
import { parseChecklist } from '@/lib/assurance/checklist/definition';
import { performCheck } from '@/lib/assurance/checklist/perform-check';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import type { CheckSources } from './check';

const sources: CheckSources = {
  mode: 'local',
  consoleUrl: 'http://localhost:4900',
  gateUrl: 'http://localhost:4901',
  secrets: () => [],
  rateLimits: () => [],
  selfTest: () => ({}),
};

let scene: Scene;
let operator: UserActor;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

async function look(rule: string) {
  const text = `version: 1
objectives:
  - { key: o, title: O, why: W, stage: ongoing, severity: low, checks: [{ key: c, title: C, cadence: 1d, remediation: R, kind: inventory, parameters: { rule: ${rule} } }] }
`;
  const check = parseChecklist(text, 'f').objectives[0]?.checks[0];
  if (!check) throw new Error('no check');
  const result = await performCheck(
    check,
    testJobActor(operator.tenantId),
    sources,
    new AbortController().signal,
  );
  return { ...result, of: Object.fromEntries(result.observations.map((one) => [one.resource, one])) };
}

const scanned = (name: string, is: 'plain' | 'held', createdAt: string | null = null) => ({
  is,
  name,
  place: `prod/secret/${name}`,
  why: 'a secret of Kubernetes',
  createdAt,
});
const scan = (entries: ReturnType<typeof scanned>[]) =>
  uploadSecretScan(operator, { kind: 'kubernetes', source: 'prod', entries });
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

describe('the inventory', () => {
  it('is unknown, not well, while nobody has looked anywhere', async () => {
    operator = await userActor('operator', await newTenant(`t-${newId().slice(-12)}`));
    for (const rule of ['exposure', 'rotation', 'owned'])
      expect(await look(rule)).toMatchObject({ outcome: 'not_available', scopeExpected: 0 });
  });

  it('fails for what is written out, and names it with its place', async () => {
    await scan([scanned('kept', 'held', daysAgo(1)), scanned('written', 'plain')]);
    const { outcome, of } = await look('exposure');
    expect(outcome).toBe('fail');
    expect(of['kubernetes written']).toMatchObject({
      outcome: 'fail',
      detail: 'stands in prod/secret/written, outside a backend',
      href: expect.stringMatching(/^\/secrets\/[0-9a-f-]{36}$/),
    });
    expect(of['kubernetes kept']).toMatchObject({ outcome: 'pass' });
    await scan([scanned('kept', 'held', daysAgo(1))]);
    expect(await look('exposure')).toMatchObject({ outcome: 'pass' });
  });

  it('fails for what is overdue, and does not call well what has no known age', async () => {
    await scan([scanned('old', 'held', daysAgo(91)), scanned('soon', 'held', daysAgo(85))]);
    expect((await look('rotation')).of).toMatchObject({
      'kubernetes old': { outcome: 'fail', detail: 'has been overdue for 1 day' },
      'kubernetes soon': { outcome: 'warn' },
    });
    await scan([scanned('ageless', 'held'), scanned('new', 'held', daysAgo(2))]);
    expect(await look('rotation')).toMatchObject({
      outcome: 'not_available',
      scopeExpected: 2,
      scopeCovered: 1,
    });
    expect((await look('owned')).of['kubernetes new']).toMatchObject({ outcome: 'warn' });
  });

  it('passes nothing while a backend cannot be read, or its values can be', async () => {
    await scan([scanned('new', 'held', daysAgo(2))]);
    expect((await look('rotation')).outcome).toBe('pass');
    const where = scene.admin`tenant_id = ${operator.tenantId}`;
    await scene.admin`update secret_backend set read_at = now() - interval '40 days' where ${where}`;
    expect((await look('rotation')).outcome).toBe('error');
    await scene.admin`update secret_backend set read_at = now(), proof = 'readable', proof_detail = 'It can read values.',
      proved_at = now() where ${where}`;
    expect(await look('rotation')).toMatchObject({
      outcome: 'fail',
      summary: 'kubernetes prod: It can read values.',
    });
  });
});
