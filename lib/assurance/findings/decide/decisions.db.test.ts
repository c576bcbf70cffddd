import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { DecideFindingInput } from '@/lib/assurance/findings/contract';
import { getFinding, listFindings } from '@/lib/assurance/findings/read/queries';
import { getScan, listScans } from '@/lib/assurance/findings/read/scan-queries';
import { refreshKev } from '@/lib/assurance/findings/refresh-kev';
import { all, bring, numbered, prepareFindings, trivyReport } from '@/lib/assurance/findings/test/reports';
import type { UserActor } from '@/lib/platform/auth/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { assignFindings, listOwners } from './assign-findings';
import { decideAcceptance } from './decide-acceptance';
import { decideFinding } from './decide-finding';
import { expireAcceptances } from './expire-acceptances';

let scene: Scene;
let folder: string;
let operator: UserActor;
let analyst: UserActor;
let auditor: UserActor;
let stranger: UserActor;
beforeAll(async () => {
  folder = prepareFindings();
  scene = await openScene();
  operator = await userActor('operator');
  analyst = await userActor('analyst');
  auditor = await userActor('auditor');
  stranger = await userActor('operator', await newTenant('other'));
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
async function newFindings(count = 1, severity = 'HIGH') {
  made += 1;
  const asset = `asset ${made}`;
  await bring(operator, trivyReport(numbered(count, severity)), { asset });
  return { asset, items: await all(operator, { asset }) };
}
async function newFinding() {
  const { asset, items } = await newFindings();
  return { asset, id: items[0]?.id ?? '' };
}
const actionsOf = async (id: string) =>
  (await scene.admin`select action from audit_event where target_id = ${id} order by at`).map(
    ({ action }) => action,
  );
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const accept = (days = 30): DecideFindingInput => ({
  decision: 'accepted',
  reason: 'no route to it',
  until: inDays(days),
});

describe('decideFinding', () => {
  it.each([
    [{ decision: 'confirmed' }, 'open'],
    [{ decision: 'false_positive', reason: 'test data' }, 'false_positive'],
    [{ decision: 'not_affected', justification: 'code_not_reachable' }, 'not_affected'],
    [{ decision: 'resolved_manually', reason: 'patched by hand' }, 'open'],
  ] as const)('%j makes it %s, with its event and its record', async (change, status) => {
    const { id } = await newFinding();
    const dto = await decideFinding(operator, id, change);
    expect(dto).toMatchObject({
      status,
      version: 2,
      decision: { value: change.decision, by: 'operator', source: 'person' },
    });
    expect(await actionsOf(id)).toEqual(['finding.decided']);
    expect((await getFinding(operator, id)).events.map(({ type }) => type)).toEqual(['opened', 'decided']);
    await decideFinding(operator, id, change);
    expect(await actionsOf(id)).toHaveLength(1);
    expect(await decideFinding(operator, id, { decision: 'none' })).toMatchObject({
      status: 'open',
      decision: { value: 'none', by: null },
    });
  });

  it('survives the next run, and the run after it was gone', async () => {
    const { asset, id } = await newFinding();
    await decideFinding(operator, id, { decision: 'false_positive', reason: 'test data' });
    const other = trivyReport([{ id: 'CVE-2024-4242' }]);
    await bring(operator, other, { asset });
    expect((await getFinding(operator, id)).finding.status).toBe('archived');
    await bring(operator, trivyReport(numbered(1)), { asset });
    expect((await getFinding(operator, id)).finding).toMatchObject({ status: 'false_positive', episode: 2 });
  });

  it.each([
    [{ decision: 'false_positive' }, 'reason'],
    [{ decision: 'not_affected' }, 'justification'],
    [{ decision: 'accepted', reason: 'x' }, 'until'],
    [{ decision: 'confirmed', until: inDays(1) }, 'until'],
    [{ decision: 'suppressed_in_tool' }, 'decision'],
  ])('refuses %j for want of %s', async (change, path) => {
    const { id } = await newFinding();
    await expect(decideFinding(operator, id, change as DecideFindingInput)).rejects.toThrow(path);
    expect(await actionsOf(id)).toEqual([]);
  });

  it('is refused to a weaker role, from another tenant, from an older copy', async () => {
    const { id } = await newFinding();
    const change = { decision: 'confirmed' } as const;
    await expect(decideFinding(auditor, id, change)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(decideFinding(keyActor(newId(), ['findings:read']), id, change)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(decideFinding(stranger, id, change)).rejects.toMatchObject({ code: 'not_found' });
    await expect(decideFinding(operator, 'nonsense', change)).rejects.toMatchObject({ code: 'not_found' });
    await expect(decideFinding(operator, id, change, '"7"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await actionsOf(id)).toEqual([]);
  });
});

describe('an acceptance', () => {
  it('counts when somebody else approves it, and ends by itself', async () => {
    const { id } = await newFinding();
    expect(await decideFinding(analyst, id, accept())).toMatchObject({
      status: 'open',
      decision: { value: 'none' },
    });
    await expect(decideAcceptance(analyst, id, { verdict: 'approve' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(decideAcceptance(auditor, id, { verdict: 'approve' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(decideAcceptance(stranger, id, { verdict: 'approve' })).rejects.toMatchObject({
      code: 'not_found',
    });
    const service = keyActor(newId(), ['findings:write']);
    await expect(decideAcceptance(service, id, { verdict: 'approve' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const approved = await decideAcceptance(operator, id, { verdict: 'approve', comment: 'agreed' });
    expect(approved).toMatchObject({
      status: 'accepted',
      decision: { value: 'accepted', by: 'analyst, approved by operator' },
    });
    expect(await expireAcceptances(testJobActor())).toBe(0);
    await scene.admin`update finding set decision_until = now() - interval '1 second' where id = ${id}`;
    expect(await expireAcceptances(testJobActor())).toBe(1);
    const { finding, acceptances } = await getFinding(operator, id);
    expect(finding).toMatchObject({ status: 'open', decision: { value: 'none' } });
    expect(acceptances).toMatchObject([{ state: 'ended', requestedBy: 'analyst', decidedBy: 'operator' }]);
    expect(await actionsOf(id)).toEqual([
      'finding.acceptance_requested',
      'finding.acceptance_approved',
      'finding.acceptance_expired',
    ]);
  });

  it('cannot be approved by who asked, whatever code says: the database refuses it', async () => {
    const { id } = await newFinding();
    await decideFinding(analyst, id, accept());
    await expect(
      scene.admin`update acceptance set state = 'approved', decided_by = requested_by where finding_id = ${id}`,
    ).rejects.toThrow('acceptance_four_eyes_check');
  });

  it('is refused, asked for again, and ended by another decision', async () => {
    const { id } = await newFinding();
    await decideFinding(analyst, id, accept());
    await decideAcceptance(operator, id, { verdict: 'refuse', comment: 'fix it' });
    await expect(decideAcceptance(operator, id, { verdict: 'approve' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await decideFinding(analyst, id, accept());
    await decideFinding(operator, id, { decision: 'confirmed' });
    const { finding, acceptances } = await getFinding(operator, id);
    expect(finding.decision.value).toBe('confirmed');
    expect(acceptances.map(({ state }) => state).sort()).toEqual(['ended', 'refused']);
  });

  it('must end in the future', async () => {
    const { id } = await newFinding();
    await expect(decideFinding(analyst, id, accept(-1))).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('assignFindings', () => {
  it('makes a member the owner, with an event and an audit row for each, and nobody again', async () => {
    const { asset, items } = await newFindings(3);
    const ids = items.map(({ id }) => id);
    const missing = newId();
    expect(await assignFindings(analyst, { ids: [...ids, missing], owner: auditor.userId })).toEqual({
      changed: expect.arrayContaining(ids),
      unchanged: [],
      failed: [{ id: missing, detail: 'Finding not found.' }],
    });
    expect(await all(operator, { asset, owner: auditor.userId })).toHaveLength(3);
    expect(await actionsOf(ids[0] ?? '')).toEqual(['finding.assigned']);
    const again = await assignFindings(analyst, { ids, owner: auditor.userId });
    expect([again.changed, again.unchanged.length]).toEqual([[], 3]);
    await assignFindings(analyst, { ids: ids.slice(0, 1), owner: null });
    const detail = await getFinding(operator, ids[0] ?? '');
    expect(detail.finding.owner).toBeNull();
    expect(detail.events.slice(-2).map(({ type, changes }) => [type, changes.owner])).toEqual([
      ['assigned', 'auditor'],
      ['assigned', null],
    ]);
    await bring(operator, trivyReport(numbered(3, 'CRITICAL')), { asset });
    expect(await all(operator, { asset, owner: auditor.userId })).toHaveLength(2);
    expect((await listOwners(analyst)).items).toContainEqual({ userId: auditor.userId, name: 'auditor' });
  });

  it('is refused for who is no member, to a weaker role, and leaves another tenant alone', async () => {
    const { items } = await newFindings();
    const ids = items.map(({ id }) => id);
    await expect(assignFindings(analyst, { ids, owner: stranger.userId })).rejects.toMatchObject({
      code: 'bad_request',
    });
    await expect(assignFindings(auditor, { ids, owner: null })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(listOwners(auditor)).rejects.toMatchObject({ code: 'forbidden' });
    const theirs = await assignFindings(stranger, { ids, owner: stranger.userId });
    expect(theirs.failed).toHaveLength(1);
    expect((await getFinding(operator, ids[0] ?? '')).finding.owner).toBeNull();
  });
});

describe('refreshKev', () => {
  const catalogue = (...cves: string[]) => ({
    catalogVersion: '2026.11.01',
    vulnerabilities: cves.map((cveID) => ({ cveID, dateAdded: '2026-01-01', dueDate: '2026-01-22' })),
  });

  it('marks what is known to be exploited, now and in later imports, and unmarks the rest', async () => {
    const { asset } = await newFindings(3);
    expect(await refreshKev(operator, catalogue('CVE-2024-1001', 'CVE-2024-1005'))).toMatchObject({
      entries: 2,
    });
    expect((await all(operator, { asset, kev: 'true' })).map(({ ruleId }) => ruleId)).toEqual([
      'CVE-2024-1001',
    ]);
    const told = await scene.admin`
      select data from notification where type = 'finding.exploited' and data -> 'examples' ? 'CVE-2024-1001 in left-pad'`;
    expect(told).toHaveLength(1);
    await bring(operator, trivyReport(numbered(6)), { asset });
    expect(await all(operator, { asset, kev: 'true' })).toHaveLength(2);
    await refreshKev(operator, catalogue('CVE-2024-1000'));
    expect((await all(operator, { asset, kev: 'true' })).map(({ ruleId }) => ruleId)).toEqual([
      'CVE-2024-1000',
    ]);
  });

  it('refuses anything else, and who may not', async () => {
    await expect(refreshKev(operator, { vulnerabilities: [] })).rejects.toMatchObject({
      code: 'bad_request',
    });
    await expect(refreshKev(auditor, catalogue('CVE-2024-1000'))).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('listFindings', () => {
  it('pages through every order without losing or repeating one', async () => {
    const asset = 'paged';
    const mixed = ['CRITICAL', 'HIGH', 'LOW', 'UNKNOWN'].flatMap((severity, i) =>
      numbered(6, severity).map((one) => ({ ...one, id: `CVE-202${i}-${one.id.slice(-4)}` })),
    );
    await bring(operator, trivyReport(mixed), { asset });
    for (const sort of ['severity', 'due', 'newest'] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listFindings(operator, {
          asset,
          sort,
          limit: 7,
          status: ['open', 'fixed'],
          ...(cursor ? { cursor } : {}),
        });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(new Set(seen).size).toBe(24);
      expect(seen).toHaveLength(24);
    }
    const worst = await listFindings(operator, { asset, limit: 6 });
    expect(new Set(worst.items.map(({ severity }) => severity))).toEqual(new Set(['critical']));
    await expect(
      listFindings(operator, { cursor: worst.nextCursor ?? '', sort: 'due' }),
    ).rejects.toMatchObject({ code: 'bad_request' });
    await expect(listFindings(operator, { cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  it('filters by everything it offers', async () => {
    const { asset } = await newFindings(4);
    const count = async (filter: object) => (await all(operator, { asset, ...filter })).length;
    expect(
      await count({
        severity: 'high',
        tool: 'trivy',
        kind: 'vulnerability',
        branch: 'main',
        package: 'left-pad',
      }),
    ).toBe(4);
    expect(await count({ rule: 'CVE-2024-1002' })).toBe(1);
    expect(await count({ q: '2024-1002' })).toBe(1);
    expect(await count({ q: '%' })).toBe(0);
    expect(await count({ branch: 'dev' })).toBe(0);
    expect(await count({ severity: ['low', 'critical'] })).toBe(0);
    expect(await count({ sla: 'overdue' })).toBe(0);
    await scene.admin`update finding set due_at = now() - interval '1 day' where rule_id = 'CVE-2024-1003'`;
    expect(await count({ sla: 'overdue' })).toBe(1);
    await scene.admin`update finding set due_at = now() + interval '1 day' where rule_id = 'CVE-2024-1003'`;
    expect(await count({ sla: 'soon' })).toBe(1);
  });

  it('shows nothing of another tenant', async () => {
    const { items } = await newFindings();
    expect((await listFindings(stranger, {})).items).toEqual([]);
    await expect(getFinding(stranger, items[0]?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    expect((await listScans(stranger, {})).items).toEqual([]);
    const [scan] = (await listScans(operator, { limit: 1 })).items;
    expect(scan).toMatchObject({ uploadedBy: `user:${operator.userId}`, uploadedByName: 'operator' });
    await expect(getScan(stranger, scan?.id ?? '')).rejects.toMatchObject({ code: 'not_found' });
    await expect(listFindings(keyActor(newId(), ['scans:read']), {})).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  it('links what another tool says about the same package', async () => {
    const asset = 'two tools';
    await bring(operator, trivyReport([{ id: 'CVE-2024-1000', name: 'a' }]), { asset });
    const snyk = {
      ok: false,
      displayTargetFile: 'package.json',
      vulnerabilities: [
        {
          id: 'SNYK-JS-A-1',
          packageName: 'a',
          version: '1',
          severity: 'low',
          from: ['r', 'a@1'],
          identifiers: { CVE: ['CVE-2024-1000'] },
        },
      ],
    };
    await bring(operator, snyk, { asset });
    const [trivy] = await all(operator, { asset, tool: 'trivy' });
    expect((await getFinding(operator, trivy?.id ?? '')).related).toMatchObject([
      { tool: 'snyk', ruleId: 'SNYK-JS-A-1' },
    ]);
  });
});
