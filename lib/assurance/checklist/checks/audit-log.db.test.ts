import { afterAll, beforeAll, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor } from '@/db/test/scene';
import { parseChecklist } from '@/lib/assurance/checklist/definition';
import { performCheck } from '@/lib/assurance/checklist/perform-check';
import { newId } from '@/lib/platform/core/ids';
import type { CheckSources } from './check';

const sources: CheckSources = {
  ...{ mode: 'local', consoleUrl: 'http://localhost:4900', gateUrl: 'http://localhost:4901' },
  ...{ secrets: () => [], rateLimits: () => [] },
  selfTest: () => ({}),
};

let scene: Scene;
let tenantId: string;
beforeAll(async () => {
  scene = await openScene();
  tenantId = await newTenant('checked-tenant');
});
afterAll(() => scene.close());

async function look(parameters = '{}') {
  const text = `version: 1
objectives:
  - { key: o, title: O, why: W, stage: ongoing, severity: low, checks: [{ key: c, title: C, cadence: 1d, remediation: R, kind: audit_log, parameters: ${parameters} }] }
`;
  const check = parseChecklist(text, 'f').objectives[0]?.checks[0];
  if (!check) throw new Error('no check');
  const result = await performCheck(check, testJobActor(tenantId), sources, new AbortController().signal);
  return {
    outcome: result.outcome,
    of: Object.fromEntries(result.observations.map((one) => [one.resource, one.outcome])),
  };
}

const NIL = '00000000-0000-0000-0000-000000000000';
const verified = (state: string, hoursAgo: number) => scene.admin`
  insert into audit_verification (tenant_id, id, started_at, finished_at, started_by, state, leaves)
  values (${tenantId}, ${newId()}, now() - make_interval(hours => ${hoursAgo}), now() - make_interval(hours => ${hoursAgo}), 'worker', ${state}, 5)`;

it('is green only for a log that was verified lately, is signed now, and is witnessed', async () => {
  expect((await look()).outcome).toBe('not_available');
  await scene.admin`insert into audit_log (tenant_id, incarnation, origin, size, snapshot, snapshot_at, first_pass, opened_at)
    values (${tenantId}, 1, 'h/log/t', 5, pg_current_snapshot(), now(), 0, now() - interval '3 days'), (${NIL}, 1, 'h/log', 1, null, null, 0, now())`;
  await scene.admin`insert into audit_checkpoint (tenant_id, incarnation, size, root, signed_at)
    values (${NIL}, 1, 1, decode(repeat('00', 32), 'hex'), now())`;
  expect((await look()).of).toEqual({ Verification: 'not_available', Sealing: 'pass', Witness: 'warn' });
  await verified('verified', 40);
  expect((await look()).of.Verification).toBe('fail');
  await verified('verified', 1);
  expect(await look('{ witness: false }')).toEqual({
    outcome: 'pass',
    of: { Verification: 'pass', Sealing: 'pass' },
  });
  expect((await look()).outcome).toBe('warn');
  await scene.admin`update audit_log set outside = '{"hasCheckpointFile":true,"policy":"quorum none"}' where tenant_id = ${NIL}`;
  expect((await look()).of.Witness).toBe('fail');
  await scene.admin`update audit_checkpoint set witnessed_at = now() where tenant_id = ${NIL}`;
  expect((await look()).outcome).toBe('pass');
  await scene.admin`update audit_checkpoint set signed_at = now() - interval '10 minutes' where tenant_id = ${NIL}`;
  expect((await look()).of.Sealing).toBe('fail');
  await verified('faults', 0);
  expect((await look()).of.Verification).toBe('fail');
});
