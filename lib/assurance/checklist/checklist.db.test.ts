import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { CheckSources } from '@/lib/assurance/checklist/checks/check';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { approveException } from './approve-exception';
import { attest } from './attest';
import { decideRelease } from './decide-release';
import { useChecklist } from './definition-file';
import { importResult } from './import-result';
import { closeLostRuns, runDueChecks } from './jobs';
import { overrideVerdict } from './override-verdict';
import {
  getChecklist,
  getEvidence,
  getEvidenceFile,
  getRun,
  listCheckHistory,
  listRuns,
  listVerdicts,
} from './queries';
import { requestException } from './request-exception';
import { revokeException } from './revoke-exception';
import { runChecklist } from './run-checklist';
import { startRun } from './start-run';

const REASON = 'The ticket SEC-12 says why this is accepted.';
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
let analyst: UserActor;
let auditor: UserActor;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
  analyst = await userActor('analyst');
  auditor = await userActor('auditor');
});
afterAll(() => scene.close());

const definition = (most: number, more = '') => `version: 1
objectives:
  - key: keys
    title: Keys have owners
    why: Somebody must answer for a key.
    stage: pre_deploy
    severity: high
    checks:
      - key: keys-owned
        title: Every key has an owner
        kind: query
        cadence: 1d
        remediation: Give the key an owner.
        parameters:
          from: keys
          where: [{ field: has_owner, op: is, value: false }]
          expect: { atMost: ${most} }
${more}  - key: review
    title: Reviewed
    why: People leave.
    stage: ongoing
    severity: medium
    checks:
      - key: review
        title: Access was reviewed
        kind: attestation
        cadence: 90d
        remediation: Review it.
        parameters: { asks: You went through every member and key. }
      - key: pentest
        title: The penetration test found nothing
        kind: import
        cadence: 30d
        remediation: Mend what it found.
        scope: { resources: [web, gate] }
`;

beforeEach(async () => {
  useChecklist(definition(0));
  await scene.admin`truncate check_run, check_evidence, checklist_run, objective_state, check_exception, release_verdict, release_override, notification, api_key, api_key_version, audit_event cascade`;
});
afterEach(() => useChecklist(undefined));

async function addKey(
  name: string,
  changes: { environment?: string; ownerId?: string } = {},
): Promise<string> {
  const id = newId();
  await scene.admin`insert into api_key (tenant_id, id, name, environment, scopes, owner_user_id, expires_at)
    values (${operator.tenantId}, ${id}, ${name}, ${changes.environment ?? 'live'}, array['keys:read'], ${changes.ownerId ?? null}, now() + interval '90 days')`;
  const versionId = newId();
  await scene.admin`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state, activated_at)
    values (${operator.tenantId}, ${versionId}, ${id}, 1, ${versionId}, 'd', 'p1', 'abcd', 'current', now())`;
  return id;
}

async function runAll(checks?: string[]) {
  const { id } = await startRun(operator, checks ? { checks } : {});
  await runChecklist({ actor: testJobActor(), runId: id, sources, signal: new AbortController().signal });
  return getRun(operator, id);
}

const objectiveOf = async (key: string) => {
  const found = (await getChecklist(auditor)).objectives.find((one) => one.key === key);
  if (!found) throw new Error(`there is no objective ${key}`);
  return found;
};
const actionsOf = async () =>
  (await scene.admin`select action from audit_event where category = 'change' order by at`).map(
    ({ action }) => action,
  );

/** As if so much time had passed since everything that is recorded. */
async function age(interval: string) {
  await scene.admin`update check_run set started_at = started_at - ${interval}::interval, finished_at = finished_at - ${interval}::interval,
    side_since = side_since - ${interval}::interval, effective_until = effective_until - ${interval}::interval`;
}

describe('a run', () => {
  it('fails, names what fails, and passes when that is mended', async () => {
    const id = await addKey('orphan');
    expect((await objectiveOf('keys')).state).toBe('unknown');
    const run = await runAll();
    expect(run).toMatchObject({ state: 'completed', checksTotal: 1, checksDone: 1, counts: { fail: 1 } });
    const failing = await objectiveOf('keys');
    expect(failing).toMatchObject({ state: 'fail', change: null });
    expect(failing.checks[0]?.problems).toEqual([
      { resource: 'orphan', outcome: 'fail', detail: 'fits the conditions', href: `/keys/${id}` },
    ]);
    await scene.admin`update api_key set owner_user_id = ${operator.userId}`;
    await runAll();
    expect(await objectiveOf('keys')).toMatchObject({ state: 'pass', change: 'fixed' });
    expect(await actionsOf()).toEqual([
      'checklist.run_started',
      'checklist.run_finished',
      'checklist.run_started',
      'checklist.run_finished',
    ]);
  });

  it('names a regression by how long it passed', async () => {
    await runAll();
    await age('41 days');
    await addKey('orphan');
    await runAll();
    const objective = await objectiveOf('keys');
    expect(objective.regression).toMatch(/^Failing since .+ UTC[.] Passed for 41 days before that[.]$/);
    expect(objective.change).toBe('newly_failing');
    expect(objective.checks[0]?.streak).toMatchObject({ before: 'pass', beforeDays: 41 });
  });

  it('tells the operators what fails newly, once, and nothing of a first answer', async () => {
    const told = () =>
      scene.admin`select subject_id, severity, data from notification where type = 'objective.failing' order by id`;
    const id = await addKey('orphan');
    await runAll();
    expect(await told()).toEqual([]);
    await scene.admin`update api_key set owner_user_id = ${operator.userId}`;
    await runAll();
    await scene.admin`update api_key set owner_user_id = null where id = ${id}`;
    await runAll();
    await runAll();
    expect(await told()).toMatchObject([{ subject_id: 'keys', data: { state: 'fail', before: 'pass' } }]);
  });

  it('counts only while it is fresh, and only for what the check means now', async () => {
    await runAll();
    expect((await objectiveOf('keys')).state).toBe('pass');
    await age('25 hours');
    expect((await objectiveOf('keys')).state).toBe('stale');
    await runAll();
    useChecklist(definition(1));
    expect(await objectiveOf('keys')).toMatchObject({ state: 'unknown' });
    useChecklist(definition(0));
    expect((await objectiveOf('keys')).state).toBe('pass');
  });

  it('keeps its evidence, whose digest stands in the log', async () => {
    await addKey('orphan');
    const run = await runAll();
    const evidence = await getEvidence(auditor, run.checks[0]?.evidenceId ?? '');
    expect(evidence).toMatchObject({ isIntact: true, kind: 'run', checkKey: 'keys-owned' });
    expect(JSON.parse(evidence.body)).toMatchObject({
      outcome: 'fail',
      observations: [{ resource: 'orphan' }],
    });
    const [event] =
      await scene.admin`select details from audit_event where action = 'checklist.run_finished'`;
    expect(event?.details.results).toEqual([
      { check: 'keys-owned', outcome: 'fail', evidence: evidence.sha256 },
    ]);
    await expect(scene.admin`update check_evidence set body = '{}'`).rejects.toThrow(
      /check_evidence_digest_check/,
    );
    await scene.admin`alter table check_evidence drop constraint check_evidence_digest_check`;
    await scene.admin`update check_evidence set body = '{}'`;
    expect((await objectiveOf('keys')).state).toBe('unknown');
    await scene.admin`delete from check_run`;
    await scene.admin`delete from check_evidence`;
    await scene.admin`alter table check_evidence add constraint check_evidence_digest_check check (sha256 = encode(sha256(convert_to(body, 'UTF8')), 'hex'))`;
  });

  it('is done once, whoever takes the job up again', async () => {
    const { id } = await startRun(operator);
    const context = { actor: testJobActor(), runId: id, sources, signal: new AbortController().signal };
    await Promise.allSettled([runChecklist(context), runChecklist(context)]);
    await runChecklist(context);
    expect((await scene.admin`select id from check_run`).length).toBe(1);
    expect((await getRun(operator, id)).state).toBe('completed');
  });

  it('is started by the schedule when it is due, once, and closed when it is lost', async () => {
    const worker = testJobActor();
    await Promise.all([runDueChecks(worker), runDueChecks(worker)]);
    const { items } = await listRuns(auditor, {});
    expect(items).toMatchObject([{ trigger: 'schedule', state: 'queued', checksTotal: 1 }]);
    const context = {
      actor: worker,
      runId: items[0]?.id ?? '',
      sources,
      signal: new AbortController().signal,
    };
    await runChecklist(context);
    await runDueChecks(worker);
    expect((await listRuns(auditor, {})).items).toHaveLength(1);
    await startRun(operator);
    await scene.admin`update checklist_run set requested_at = now() - interval '2 hours' where state = 'queued'`;
    await closeLostRuns(worker);
    const states = (await listRuns(auditor, { limit: 1 })).items;
    expect(states[0]).toMatchObject({ state: 'completed' });
    const lost = await scene.admin`select state, problem from checklist_run where state = 'error'`;
    expect(lost[0]?.problem).toMatch(/No worker finished it/);
  });

  it('answers a repeated request with the run it started', async () => {
    const first = await startRun(operator, {}, 'same');
    expect((await startRun(operator, {}, 'same')).id).toBe(first.id);
    expect((await listRuns(auditor, {})).items).toHaveLength(1);
  });

  it('pages through runs and history', async () => {
    for (let n = 0; n < 3; n++) await runAll();
    const first = await listRuns(auditor, { limit: 2 });
    const rest = await listRuns(auditor, { limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...rest.items].map(({ id }) => id)).toHaveLength(3);
    expect(rest.nextCursor).toBeNull();
    const history = await listCheckHistory(auditor, { check: 'keys-owned', limit: 2 });
    const older = await listCheckHistory(auditor, {
      check: 'keys-owned',
      limit: 2,
      cursor: history.nextCursor ?? '',
    });
    expect(new Set([...history.items, ...older.items].map(({ id }) => id)).size).toBe(3);
  });

  it('is for who may, and of the own tenant only', async () => {
    await expect(startRun(auditor)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(startRun(operator, { checks: ['review'] })).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(startRun(operator, { checks: ['nothing'] })).rejects.toMatchObject({ code: 'not_found' });
    const run = await runAll();
    const stranger = await userActor('operator', await newTenant('strangers'));
    await expect(getRun(stranger, run.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(getEvidence(stranger, run.checks[0]?.evidenceId ?? '')).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await getChecklist(stranger)).lastRun).toBeNull();
  });

  it('leaves out what is meant for other tenants', async () => {
    useChecklist(definition(0).replace('severity: high', 'severity: high\n    tenants: [nobody]'));
    expect((await getChecklist(auditor)).objectives.map(({ key }) => key)).toEqual(['review']);
  });
});

describe('evidence of people and tools', () => {
  const performedAt = () => new Date(Date.now() - 86_400_000).toISOString();

  it('counts from when it was done', async () => {
    const file = {
      name: 'minutes.txt',
      mediaType: 'text/plain',
      content: Buffer.from('who, what').toString('base64'),
    };
    const run = await attest(analyst, {
      check: 'review',
      performedAt: performedAt(),
      note: REASON,
      link: 'https://wiki.example.org/review',
      file,
    });
    expect(run).toMatchObject({ source: 'attestation', outcome: 'pass', by: 'analyst' });
    const evidence = await getEvidence(auditor, run.evidenceId ?? '');
    expect(evidence).toMatchObject({
      link: 'https://wiki.example.org/review',
      file: { name: 'minutes.txt', bytes: 9 },
    });
    expect(Date.parse(evidence.effectiveUntil) - Date.parse(evidence.effectiveFrom)).toBe(90 * 86_400_000);
    const download = await getEvidenceFile(auditor, evidence.id);
    expect(await download.text()).toBe('who, what');
    expect(download.headers.get('content-disposition')).toContain('attachment');
    const check = (await objectiveOf('review')).checks.find(({ key }) => key === 'review');
    expect(check?.state).toBe('pass');
    await age('90 days');
    const later = (await objectiveOf('review')).checks.find(({ key }) => key === 'review');
    expect(later?.state).toBe('stale');
    expect(await actionsOf()).toEqual(['checklist.attested']);
  });

  it('is refused from the future, from too long ago, from the weak, for what a machine runs', async () => {
    const given = { check: 'review', note: REASON, performedAt: performedAt() };
    await expect(attest(auditor, given)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(attest(analyst, { ...given, check: 'keys-owned' })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    for (const at of ['2001-01-01T00:00:00Z', '2999-01-01T00:00:00Z'])
      await expect(attest(analyst, { ...given, performedAt: at })).rejects.toMatchObject({
        code: 'unprocessable',
      });
    await expect(attest(analyst, { ...given, note: 'too short' })).rejects.toThrow(/20 characters/);
    expect(await actionsOf()).toEqual([]);
  });

  it('of a tool must cover what is declared, and contradicts what a person said', async () => {
    const collected = { check: 'pentest', collectedAt: performedAt(), collector: 'zap' };
    const web = { resource: 'web', outcome: 'pass' as const };
    await importResult(analyst, { ...collected, observations: [web] });
    const partial = (await objectiveOf('review')).checks.find(({ key }) => key === 'pentest');
    expect(partial).toMatchObject({ state: 'unknown' });
    expect(partial?.reason).toMatch(/covered 1 of 2.*gate/);
    await importResult(analyst, {
      ...collected,
      observations: [web, { resource: 'gate', outcome: 'fail', detail: 'XSS' }],
    });
    await attest(analyst, { check: 'review', performedAt: performedAt(), note: REASON });
    const { contradictions } = await getChecklist(auditor);
    expect(contradictions).toEqual([
      {
        objectiveKey: 'review',
        checkKeys: ['review', 'pentest'],
        sentence:
          '"Access was reviewed" was attested, but the check "The penetration test found nothing" fails.',
      },
    ]);
    await expect(
      importResult(analyst, { ...collected, check: 'review', observations: [] }),
    ).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(importResult(auditor, { ...collected, observations: [] })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('exceptions', () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const ask = (actor = analyst, changes: object = {}) =>
    requestException(actor, { check: 'keys-owned', reason: REASON, expiresAt: inDays(7), ...changes });

  it('count when somebody else approved them, until they end', async () => {
    await addKey('orphan');
    await runAll();
    const asked = await ask();
    expect(asked.state).toBe('requested');
    expect((await getChecklist(auditor)).requests).toHaveLength(1);
    expect((await objectiveOf('keys')).state).toBe('fail');
    await expect(approveException(analyst, asked.id)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await approveException(operator, asked.id)).toMatchObject({
      state: 'active',
      approvedBy: { name: 'operator' },
    });
    const excepted = await objectiveOf('keys');
    expect(excepted.state).toBe('excepted');
    expect(excepted.checks[0]?.problems).toHaveLength(1);
    await expect(approveException(operator, asked.id)).rejects.toMatchObject({ code: 'conflict' });
    await revokeException(analyst, asked.id);
    expect((await objectiveOf('keys')).state).toBe('fail');
    await expect(revokeException(operator, asked.id)).rejects.toMatchObject({ code: 'conflict' });
    expect((await actionsOf()).slice(2)).toEqual([
      'checklist.exception_requested',
      'checklist.exception_approved',
      'checklist.exception_revoked',
    ]);
  });

  it('of one thing excuse that thing only', async () => {
    await addKey('one');
    await addKey('two');
    await runAll();
    const one = await ask(analyst, { resource: 'one' });
    await approveException(operator, one.id);
    expect((await objectiveOf('keys')).state).toBe('fail');
    const two = await ask(analyst, { resource: 'two' });
    await approveException(operator, two.id);
    expect((await objectiveOf('keys')).state).toBe('excepted');
    await scene.admin`update check_exception set requested_at = now() - interval '9 days', expires_at = now() - interval '1 second' where resource = 'two'`;
    expect((await objectiveOf('keys')).state).toBe('fail');
  });

  it('need two people, also in the database, a reason and an end within a year', async () => {
    const own = await ask(operator);
    await expect(approveException(operator, own.id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      scene.admin`update check_exception set approved_by = requested_by, approved_at = now()`,
    ).rejects.toThrow(/second_person/);
    await expect(ask(analyst, { reason: 'no' })).rejects.toThrow();
    await expect(ask(analyst, { expiresAt: inDays(400) })).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(ask(analyst, { expiresAt: inDays(-1) })).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(ask(auditor)).rejects.toMatchObject({ code: 'forbidden' });
    const other = await userActor('analyst');
    await expect(revokeException(other, own.id)).rejects.toMatchObject({ code: 'forbidden' });
    const stranger = await userActor('operator', await newTenant('others'));
    await expect(approveException(stranger, own.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the release gate', () => {
  it('fails by what counts against, and passes when nothing does', async () => {
    const before = await decideRelease(analyst, { release: 'v1.0' });
    expect(before).toMatchObject({ verdict: 'fail', environment: 'production' });
    expect(before.items).toMatchObject([{ objectiveKey: 'keys', state: 'unknown', isBlocking: true }]);
    await runAll();
    const after = await decideRelease(analyst, { release: 'v1.0', environment: 'staging' });
    expect(after).toMatchObject({ verdict: 'pass', items: [{ state: 'pass', isBlocking: false }] });
    expect(after.items[0]?.checkRunIds).toHaveLength(1);
    expect((await listVerdicts(auditor, {})).items.map(({ verdict }) => verdict)).toEqual(['pass', 'fail']);
  });

  it('wants a scan of the very image', async () => {
    await runAll();
    const imageDigest = `sha256:${'a'.repeat(64)}`;
    const unscanned = await decideRelease(analyst, { release: 'v1.1', imageDigest });
    expect(unscanned.items.at(-1)).toMatchObject({
      objectiveKey: 'image',
      state: 'unknown',
      isBlocking: true,
    });
    const assetId = newId();
    await scene.admin`insert into asset (tenant_id, id, name) values (${operator.tenantId}, ${assetId}, 'web')`;
    await scene.admin`insert into scan (tenant_id, id, asset_id, branch, status, images, file_bytes, file_sha256, uploaded_by, created_at, finished_at)
      values (${operator.tenantId}, ${newId()}, ${assetId}, 'main', 'done', ${[imageDigest]}, 1, 'x', 'ci', now(), now())`;
    expect((await decideRelease(analyst, { release: 'v1.1', imageDigest })).verdict).toBe('pass');
  });

  it('is overridden by an operator alone, once, and the verdict stays', async () => {
    const { id } = await decideRelease(analyst, { release: 'v2' });
    await expect(overrideVerdict(analyst, id, { reason: REASON })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(overrideVerdict(operator, id, { reason: 'because' })).rejects.toThrow();
    const overridden = await overrideVerdict(operator, id, { reason: REASON });
    expect(overridden).toMatchObject({
      verdict: 'fail',
      override: { by: { name: 'operator' }, reason: REASON },
    });
    await expect(overrideVerdict(operator, id, { reason: REASON })).rejects.toMatchObject({
      code: 'conflict',
    });
    await runAll();
    const passed = await decideRelease(analyst, { release: 'v3' });
    await expect(overrideVerdict(operator, passed.id, { reason: REASON })).rejects.toMatchObject({
      code: 'conflict',
    });
    const stranger = await userActor('operator', await newTenant('elsewhere'));
    await expect(overrideVerdict(stranger, id, { reason: REASON })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(decideRelease(auditor, { release: 'v4' })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await actionsOf()).toContain('release.overridden');
  });
});
