import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { ScanDiffPart } from '@/lib/assurance/findings/contract';
import { decideFinding } from '@/lib/assurance/findings/decide/decide-finding';
import { getFinding } from '@/lib/assurance/findings/read/queries';
import { scanDiff } from '@/lib/assurance/findings/read/scan-diff';
import { replay } from '@/lib/assurance/findings/rules';
import { changes, damages } from '@/lib/assurance/findings/test/mutate';
import {
  all,
  bring,
  FIXTURES,
  fixture,
  numbered,
  prepareFindings,
  trivyReport,
} from '@/lib/assurance/findings/test/reports';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { decideScan } from './decide-scan';
import { failLostScans } from './fail-lost-scans';
import { importScan } from './import-scan';
import { uploadScan } from './upload-scan';

let scene: Scene;
let folder: string;
let operator: UserActor;
beforeAll(async () => {
  folder = prepareFindings();
  scene = await openScene();
  operator = await userActor('operator');
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

const hasFixtures = existsSync(FIXTURES);
const onStream = (asset: string) => ({ asset, branch: 'main' });
const everything = [
  'open',
  'accepted',
  'false_positive',
  'not_affected',
  'suppressed',
  'fixed',
  'archived',
] as const;

const findingsOf = (asset: string, status: (typeof everything)[number][] = [...everything]) =>
  all(operator, { asset, status });
const statuses = async (asset: string) =>
  Object.fromEntries((await findingsOf(asset)).map(({ ruleId, status }) => [ruleId, status]));

async function eventsSince(asset: string, number = 0) {
  return scene.admin`select e.type, e.changes from finding_event e join finding f on f.id = e.finding_id
    join asset a on a.id = f.asset_id where a.name = ${asset} and e.number > ${number}`;
}

describe('an import', () => {
  it('opens findings, and the same report again changes nothing, in whatever order', async () => {
    const report = trivyReport(numbered(30));
    const first = await bring(operator, report, onStream('same'));
    expect(first).toMatchObject({
      status: 'done',
      counts: { found: 30, new: 30, fixed: 0 },
      severities: { high: 30 },
    });
    const before = await eventsSince('same');
    const [rows] = await scene.admin`select sum(xmin::text::bigint) as sum from sighting`;
    const again = await bring(operator, report, onStream('same'));
    expect(again.counts).toMatchObject({
      found: 30,
      new: 0,
      changed: 0,
      reopened: 0,
      unchanged: 30,
      fixed: 0,
    });
    report.Results[0]?.Vulnerabilities.reverse();
    expect((await bring(operator, report, onStream('same'))).counts).toMatchObject({ new: 0, unchanged: 30 });
    expect(await eventsSince('same')).toEqual(before);
    expect(await scene.admin`select sum(xmin::text::bigint) as sum from sighting`).toEqual([rows]);
    const [one] = await findingsOf('same');
    expect(one?.lastSeenAt).not.toBe(one?.firstSeenAt);
  });

  it('closes what is gone, reopens what returns, and keeps its first day', async () => {
    const asset = 'lifecycle';
    await bring(operator, trivyReport(numbered(3)), onStream(asset));
    const second = await bring(operator, trivyReport(numbered(2)), onStream(asset));
    expect(second).toMatchObject({ status: 'done', counts: { fixed: 1, unchanged: 2 } });
    const gone = (await findingsOf(asset, ['fixed']))[0];
    expect(gone).toMatchObject({ ruleId: 'CVE-2024-1002', fixedAt: second.createdAt, episode: 1 });
    const third = await bring(operator, trivyReport(numbered(3)), onStream(asset));
    expect(third.counts).toMatchObject({ reopened: 1, new: 0 });
    const back = (await findingsOf(asset)).find(({ id }) => id === gone?.id);
    expect(back).toMatchObject({
      status: 'open',
      episode: 2,
      openedAt: third.createdAt,
      firstSeenAt: gone?.firstSeenAt,
      fixedAt: null,
    });
    expect(Date.parse(back?.dueAt ?? '') - Date.parse(third.createdAt)).toBe(30 * 86_400_000);
  });

  it('moves the due date only to sooner, when the severity rises', async () => {
    const asset = 'severity';
    await bring(operator, trivyReport([{ id: 'CVE-2024-1', severity: 'LOW' }]), onStream(asset));
    const [low] = await findingsOf(asset);
    const risen = await bring(
      operator,
      trivyReport([{ id: 'CVE-2024-1', severity: 'CRITICAL', version: '1.1.0' }]),
      onStream(asset),
    );
    const [critical] = await findingsOf(asset);
    expect(risen.counts).toMatchObject({ changed: 1, new: 0 });
    expect(critical?.id).toBe(low?.id);
    expect(Date.parse(critical?.dueAt ?? '') - Date.parse(risen.createdAt)).toBe(7 * 86_400_000);
    await bring(operator, trivyReport([{ id: 'CVE-2024-1', severity: 'LOW' }]), onStream(asset));
    const [fallen] = await findingsOf(asset);
    expect(fallen).toMatchObject({ severity: 'low', dueAt: critical?.dueAt });
    expect((await getFinding(operator, fallen?.id ?? '')).events.map(({ reason }) => reason)).toContain(
      'Installed version: 1.0.0 → 1.1.0.',
    );
  });

  it('keeps a finding while another branch still sees it', async () => {
    const asset = 'branches';
    await bring(operator, trivyReport(numbered(1)), { asset, branch: 'main' });
    const dev = await bring(operator, trivyReport(numbered(1)), { asset, branch: 'dev' });
    expect(dev.counts).toMatchObject({ new: 0, unchanged: 1 });
    await bring(operator, trivyReport([{ id: 'CVE-2024-9999' }]), { asset, branch: 'main' });
    expect(await statuses(asset)).toEqual({ 'CVE-2024-1000': 'open', 'CVE-2024-9999': 'open' });
    await bring(operator, trivyReport([{ id: 'CVE-2024-9999' }]), { asset, branch: 'dev' });
    expect(await statuses(asset)).toEqual({ 'CVE-2024-1000': 'fixed', 'CVE-2024-9999': 'open' });
  });

  it('knows a vulnerability by its alias', async () => {
    const asset = 'aliases';
    await bring(operator, trivyReport([{ id: 'GHSA-aaaa-bbbb-cccc' }]), onStream(asset));
    const named = await bring(
      operator,
      trivyReport([{ id: 'CVE-2024-7777', aliases: ['GHSA-aaaa-bbbb-cccc'] }]),
      onStream(asset),
    );
    expect(named.counts).toMatchObject({ new: 0, fixed: 0 });
    expect(await findingsOf(asset)).toMatchObject([
      { ruleId: 'CVE-2024-7777', aliases: ['GHSA-aaaa-bbbb-cccc'] },
    ]);
  });

  it('keeps two findings of one report apart whose names overlap, in whatever batch they are', async () => {
    const asset = 'overlap';
    const report = trivyReport(
      numbered(600).flatMap(({ id }, i) => {
        const other = `GHSA-${String(i).padStart(4, '0')}-bbbb-cccc`;
        return [{ id: other }, { id, aliases: [other] }];
      }),
    );
    expect((await bring(operator, report, onStream(asset))).counts).toMatchObject({ found: 1200, new: 1200 });
    expect((await bring(operator, report, onStream(asset))).counts).toMatchObject({
      new: 0,
      unchanged: 1200,
    });
  });

  it('makes one finding of exact repeats, and closes none of them again', async () => {
    const asset = 'repeats';
    const report = trivyReport([...numbered(2), ...numbered(2)]);
    expect((await bring(operator, report, onStream(asset))).counts).toMatchObject({ found: 2, new: 2 });
    expect((await bring(operator, report, onStream(asset))).counts).toMatchObject({
      new: 0,
      fixed: 0,
      unchanged: 2,
    });
  });

  it('follows the members of a SARIF group by their lines', async () => {
    const asset = 'members';
    const result = (startLine: number) => ({
      ruleId: 'no-eval',
      message: { text: 'Do not use eval' },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'a.js' }, region: { startLine } } }],
    });
    const report = (...lines: number[]) => ({
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'lint' } }, results: lines.map(result) }],
    });
    expect((await bring(operator, report(10, 20, 30), onStream(asset))).counts).toMatchObject({ new: 3 });
    const drift = await bring(operator, report(12, 22, 32), onStream(asset));
    expect(drift.counts).toMatchObject({ new: 0, fixed: 0 });
    const one = await bring(operator, report(12, 32), onStream(asset));
    expect(one.counts).toMatchObject({ fixed: 1, new: 0 });
    expect((await findingsOf(asset, ['fixed'])).map(({ line }) => line)).toEqual([22]);
    expect((await bring(operator, report(12, 32, 50, 60), onStream(asset))).counts).toMatchObject({
      new: 1,
      reopened: 1,
    });
  });
});

describe('a run that cannot be believed', () => {
  it('that failed opens and closes nothing, and leaves what is known unverified', async () => {
    const asset = 'failed';
    await bring(operator, trivyReport(numbered(2)), onStream(asset));
    const failed = await bring(operator, '{"SchemaVersion": 2, "Results": [', {
      ...onStream(asset),
      tool: 'trivy',
    });
    expect(failed).toMatchObject({
      status: 'failed',
      counts: null,
      reasons: [expect.stringContaining('is truncated')],
    });
    expect(await findingsOf(asset, ['open'])).toMatchObject([{ isUnverified: true }, { isUnverified: true }]);
    await bring(operator, trivyReport(numbered(2)), onStream(asset));
    expect(await findingsOf(asset, ['open'])).toMatchObject([
      { isUnverified: false },
      { isUnverified: false },
    ]);
  });

  it('that was declared partial opens, and closes nothing', async () => {
    const asset = 'partial';
    await bring(operator, trivyReport(numbered(2)), onStream(asset));
    const partial = await bring(operator, trivyReport([{ id: 'CVE-2024-8888' }]), {
      ...onStream(asset),
      complete: 'false',
    });
    expect(partial).toMatchObject({
      status: 'done',
      isComplete: false,
      counts: { new: 1, fixed: 0, held: 0 },
    });
    expect(Object.values(await statuses(asset))).toEqual(['open', 'open', 'open']);
  });

  it.each([
    ['nothing', [], {}, /found 20 findings; this one found none/],
    ['less than half', numbered(8), {}, /found 20 findings; this one found only 8/],
    ['other options', numbered(19), { options: '--severity HIGH' }, /options changed/],
    ['fewer targets', null, {}, /1 target missing compared with the previous scan: "other"/],
  ])('with %s is held: new findings open, the others wait', async (name, vulnerabilities, more, sentence) => {
    const asset = `held ${name}`;
    const both = trivyReport(numbered(20));
    both.Results.push(...trivyReport([{ id: 'CVE-2024-5555' }], 'other').Results);
    const base = vulnerabilities === null ? both : trivyReport(numbered(20));
    await bring(operator, base, onStream(asset));
    const reduced = vulnerabilities === null ? trivyReport(numbered(20)) : trivyReport([...vulnerabilities]);
    const held = await bring(operator, reduced, { ...onStream(asset), ...more });
    expect(held).toMatchObject({ status: 'held', counts: { fixed: 0 } });
    expect(held.reasons.join(' ')).toMatch(sentence);
    expect(held.counts?.held).toBeGreaterThan(0);
    expect(await findingsOf(asset, ['fixed'])).toEqual([]);
    expect((await findingsOf(asset, ['open'])).every(({ isUnverified }) => isUnverified)).toBe(true);
  });

  it('is confirmed: what it lacks is fixed at its time, and the next run like it is not held', async () => {
    const asset = 'confirmed';
    await bring(operator, trivyReport(numbered(20)), onStream(asset));
    const held = await bring(operator, trivyReport([]), onStream(asset));
    const confirmed = await decideScan(operator, held.id, {
      verdict: 'confirm',
      reason: 'the packages are gone',
    });
    expect(confirmed).toMatchObject({ status: 'confirmed', counts: { fixed: 20, held: 0 } });
    const fixed = await findingsOf(asset, ['fixed']);
    expect(fixed).toHaveLength(20);
    expect(fixed[0]?.fixedAt).toBe(held.createdAt);
    expect(await bring(operator, trivyReport([]), onStream(asset))).toMatchObject({ status: 'done' });
    await expect(decideScan(operator, held.id, { verdict: 'reject' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('is rejected, or replaced by a newer one: everything stays open', async () => {
    const asset = 'rejected';
    await bring(operator, trivyReport(numbered(20)), onStream(asset));
    const first = await bring(operator, trivyReport([]), onStream(asset));
    const second = await bring(operator, trivyReport([]), onStream(asset));
    expect(second).toMatchObject({ status: 'held', counts: { held: 20 } });
    await expect(decideScan(operator, first.id, { verdict: 'confirm' })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await decideScan(operator, second.id, { verdict: 'reject' })).toMatchObject({
      status: 'rejected',
    });
    expect(await findingsOf(asset, ['open'])).toHaveLength(20);
    const [left] =
      await scene.admin`select count(*)::int as n from sighting where held_scan_id = ${second.id}`;
    expect(left?.n).toBe(0);
  });

  it('is decided by who may, in the own tenant only', async () => {
    const asset = 'who decides';
    await bring(operator, trivyReport(numbered(20)), onStream(asset));
    const held = await bring(operator, trivyReport([]), onStream(asset));
    const auditor = await userActor('auditor');
    const stranger = await userActor('operator', await newTenant('elsewhere'));
    await expect(decideScan(auditor, held.id, { verdict: 'confirm' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(decideScan(stranger, held.id, { verdict: 'confirm' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await findingsOf(asset, ['open'])).toHaveLength(20);
  });
});

describe('the difference of a run to the last one', () => {
  const idsIn = async (scanId: string, part: ScanDiffPart, actor = operator) => {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await scanDiff(actor, scanId, { part, limit: 2, ...(cursor ? { cursor } : {}) });
      ids.push(...page.items.map(({ ruleId }) => ruleId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    return ids.sort();
  };
  const report = (...numbers: number[]) => trivyReport(numbers.map((n) => ({ id: `CVE-2024-100${n}` })));
  const names = (...numbers: number[]) => numbers.map((n) => `CVE-2024-100${n}`);

  it('lists what it opened, fixed, saw again and holds', async () => {
    const first = await bring(operator, report(1, 2, 3, 4, 5, 6, 7), onStream('diff'));
    expect(await idsIn(first.id, 'new')).toEqual(names(1, 2, 3, 4, 5, 6, 7));
    const second = await bring(operator, report(3, 4, 5, 6, 7, 8), onStream('diff'));
    expect(await idsIn(second.id, 'new')).toEqual(names(8));
    expect(await idsIn(second.id, 'fixed')).toEqual(names(1, 2));
    const third = await bring(operator, report(1, 3, 4, 5, 6, 7, 8), onStream('diff'));
    expect(await idsIn(third.id, 'reopened')).toEqual(names(1));
    const held = await bring(operator, report(), onStream('diff'));
    expect(held.status).toBe('held');
    expect(await idsIn(held.id, 'held')).toEqual(names(1, 3, 4, 5, 6, 7, 8));
    await decideScan(operator, held.id, { verdict: 'confirm' });
    expect(await idsIn(held.id, 'held')).toEqual([]);
    expect(await idsIn(held.id, 'fixed')).toEqual(names(1, 3, 4, 5, 6, 7, 8));
    expect(await idsIn(first.id, 'new')).toEqual(names(1, 2, 3, 4, 5, 6, 7));
  });

  it('is refused to who may not see findings, and unknown in another tenant', async () => {
    const scan = await bring(operator, report(1), onStream('diff rights'));
    const stranger = await userActor('operator', await newTenant('diff'));
    await expect(scanDiff(stranger, scan.id, {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(scanDiff(operator, 'nonsense', {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(scanDiff(keyActor(newId(), ['scans:read']), scan.id, {})).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('an import tells people', () => {
  const told = (asset: string) =>
    scene.admin`select type, severity, data from notification where subject_label like ${`${asset}%`} order by id`;
  const vulnerability = (id: string, severity: string) => ({ id, severity });

  it('what is critical and was not open before, once', async () => {
    const asset = 'urgent';
    const report = trivyReport([
      vulnerability('CVE-2024-1', 'CRITICAL'),
      vulnerability('CVE-2024-2', 'HIGH'),
    ]);
    await bring(operator, report, onStream(asset));
    expect(await told(asset)).toEqual([
      {
        type: 'finding.urgent',
        severity: 'critical',
        data: { branch: 'main', critical: 1, exploited: 0, examples: ['CVE-2024-1 in left-pad'] },
      },
    ]);
    await bring(operator, report, onStream(asset));
    await bring(operator, trivyReport([vulnerability('CVE-2024-2', 'HIGH')]), onStream(asset));
    expect(await told(asset)).toHaveLength(1);
    await bring(operator, report, onStream(asset));
    expect(await told(asset)).toHaveLength(2);
  });

  it('that a run is held, and that one failed', async () => {
    const asset = 'troubled';
    await bring(operator, trivyReport(numbered(30)), onStream(asset));
    await bring(operator, trivyReport([]), onStream(asset));
    await bring(operator, '{"error":"no"}', onStream(asset));
    const [held, failed, ...rest] = await told(asset);
    expect(held).toMatchObject({ type: 'scan.held', severity: 'warning', data: { held: 30 } });
    expect(held?.data.reason).toMatch(/\w+\.$/);
    expect(rest).toEqual([]);
    expect(failed).toMatchObject({ type: 'scan.failed', data: { branch: 'main' } });
  });
});

describe('an upload', () => {
  async function* bytes(text: string) {
    yield Buffer.from(text);
  }

  it('is recorded, queued and kept on disk until it is imported', async () => {
    const { scanId } = await uploadScan(operator, { asset: 'disk' }, bytes(JSON.stringify(trivyReport([]))));
    expect(readdirSync(join(folder, 'scans', operator.tenantId))).toContain(scanId);
    const actions = () => scene.admin`select action from audit_event where target_id = ${scanId} order by at`;
    expect(await actions()).toEqual([{ action: 'scan.uploaded' }]);
    await importScan(testJobActor(), scanId);
    await importScan(testJobActor(), scanId);
    expect(await actions()).toEqual([{ action: 'scan.uploaded' }, { action: 'scan.imported' }]);
    expect(
      readdirSync(join(folder, 'scans', operator.tenantId)).filter((name) => name.startsWith(scanId)),
    ).toEqual([]);
  });

  it('is refused to who may not, empty, or too large, and leaves nothing', async () => {
    const auditor = await userActor('auditor');
    await expect(uploadScan(auditor, { asset: 'x' }, bytes('{}'))).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(uploadScan(operator, { asset: 'x' }, bytes(''))).rejects.toMatchObject({
      code: 'bad_request',
    });
    async function* endless() {
      const chunk = Buffer.alloc(8 * 1024 * 1024, 0x20);
      for (;;) yield chunk;
    }
    await expect(uploadScan(operator, { asset: 'x' }, endless())).rejects.toMatchObject({
      code: 'too_large',
    });
    expect(readdirSync(join(folder, 'scans', operator.tenantId))).toEqual([]);
  });

  it('keeps which image was scanned, as the uploader and the report name it', async () => {
    const [given, named] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`);
    const report = { ...trivyReport(numbered(1)), Metadata: { ImageID: named } };
    const scan = await bring(operator, report, { ...onStream('image'), image: given });
    expect(scan.images).toEqual([given, named]);
    await expect(bring(operator, report, { ...onStream('image'), image: 'latest' })).rejects.toThrow(
      /sha256/,
    );
  });

  it('with the same Idempotency-Key is one scan', async () => {
    const text = JSON.stringify(trivyReport([]));
    const first = await uploadScan(operator, { asset: 'once' }, bytes(text), 'key-1');
    expect(await uploadScan(operator, { asset: 'once' }, bytes(text), 'key-1')).toEqual(first);
    await expect(uploadScan(operator, { asset: 'once' }, bytes(`${text} `), 'key-1')).rejects.toMatchObject({
      code: 'conflict',
    });
    await importScan(testJobActor(), first.scanId);
  });

  it('waits its turn behind an older one of the same branch, which is given up in the end', async () => {
    const older = await uploadScan(
      operator,
      { asset: 'turn' },
      bytes(JSON.stringify(trivyReport(numbered(1)))),
    );
    const newer = await uploadScan(operator, { asset: 'turn' }, bytes(JSON.stringify(trivyReport([]))));
    await expect(importScan(testJobActor(), newer.scanId)).rejects.toMatchObject({ code: 'conflict' });
    await scene.admin`update scan set created_at = now() - interval '3 hours' where id = ${older.scanId}`;
    expect(await failLostScans(testJobActor())).toBe(1);
    await importScan(testJobActor(), newer.scanId);
    const rows =
      await scene.admin`select status from scan where id = any(${[older.scanId, newer.scanId]}) order by created_at`;
    expect(rows).toEqual([{ status: 'failed' }, { status: 'done' }]);
  });

  it('does not wait for an import of the same asset', async () => {
    const asset = 'uploaded meanwhile';
    const upload = () => uploadScan(operator, { asset }, bytes(JSON.stringify(trivyReport(numbered(1)))));
    const first = await upload();
    let importing: Promise<void> | undefined;
    await scene.admin.begin(async (tx) => {
      await tx`insert into scan_stream (tenant_id, id, asset_id, tool, category, branch)
        select tenant_id, gen_random_uuid(), id, 'trivy', '', 'main' from asset where name = ${asset}`;
      importing = importScan(testJobActor(), first.scanId);
      const waiting = async () => {
        await tx`select pg_stat_clear_snapshot()`;
        return tx`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
          and query like 'insert into "scan_stream"%'`;
      };
      await expect.poll(async () => (await waiting()).length).toBe(1);
      const second = await upload();
      await tx`update scan set created_at = created_at + interval '1 hour' where id = ${second.scanId}`;
    });
    await importing;
    const rows = await scene.admin`select s.status from scan s join asset a on a.id = s.asset_id
      where a.name = ${asset} order by s.created_at`;
    expect(rows).toEqual([{ status: 'done' }, { status: 'queued' }]);
  });

  it('whose report breaks off in the middle changes nothing at all', async () => {
    const text = JSON.stringify(trivyReport(numbered(50)));
    const broken = await bring(operator, text.slice(0, -40), onStream('broken'));
    expect(broken.status).toBe('failed');
    expect(await findingsOf('broken')).toEqual([]);
  });
});

describe.skipIf(!hasFixtures)('the fixtures of ../shared', () => {
  it('damaged or changed, are imported as a whole or not at all', async () => {
    const asset = 'damaged';
    const bytes = await fixture('trivy/trivy__npm.json');
    const rowsOf = async () => {
      const [row] = await scene.admin`select
        (select count(*)::int from finding f join asset a on a.id = f.asset_id where a.name = ${asset}) as findings,
        (select count(*)::int from sighting s join scan_stream t on t.id = s.stream_id join asset a on a.id = t.asset_id
          where a.name = ${asset}) as sightings,
        (select count(*)::int from finding_event e join finding f on f.id = e.finding_id
          join asset a on a.id = f.asset_id where a.name = ${asset}) as events`;
      return row;
    };
    const change = fc.oneof(
      damages.map((damage) => () => damage(bytes)),
      changes.map((mutate) => () => Buffer.from(JSON.stringify(mutate(JSON.parse(bytes.toString()))))),
    );
    await bring(operator, bytes, onStream(asset));
    await fc.assert(
      fc.asyncProperty(change, async (changed) => {
        const before = await rowsOf();
        const content = changed();
        fc.pre(content.length > 0);
        const scan = await bring(operator, content, { ...onStream(asset), tool: 'trivy' });
        const after = await rowsOf();
        if (scan.status === 'failed') expect(after).toEqual(before);
        else expect(after?.findings).toBe(before?.findings + (scan.counts?.new ?? Number.NaN));
      }),
      { numRuns: 40 },
    );
  });

  it('secureCodeBox: 143 of 185 keys survive the next version of juice-shop', async () => {
    const asset = 'juice-shop';
    const before = await bring(
      operator,
      await fixture('trivy/scb__juice-shop-v10.2.0.json'),
      onStream(asset),
    );
    const after = await bring(
      operator,
      await fixture('trivy/scb__juice-shop-v12.10.2.json'),
      onStream(asset),
    );
    expect(before.counts).toMatchObject({ found: 237, new: 237 });
    expect(after.counts).toMatchObject({ found: 185, new: 42 });
    expect((after.counts?.unchanged ?? 0) + (after.counts?.changed ?? 0)).toBe(143);
    const closed =
      after.status === 'held' ? await decideScan(operator, after.id, { verdict: 'confirm' }) : after;
    expect(closed.counts).toMatchObject({ fixed: 94 });
  });

  it('npm and npm with Ubuntu severities are the same finding', async () => {
    const asset = 'npm golden';
    await bring(operator, await fixture('trivy/trivy__npm.json'), onStream(asset));
    const other = await bring(
      operator,
      await fixture('trivy/trivy__npm-ubuntu-severity.json'),
      onStream(asset),
    );
    expect(other.counts).toMatchObject({ new: 0, changed: 1, fixed: 0 });
    expect(await findingsOf(asset)).toMatchObject([{ severity: 'low' }]);
  });

  it.each([
    ['trivy/trivy__centos-7.json', 'trivy/trivy__centos-7-medium.json'],
    ['trivy/trivy__centos-7.json', 'trivy/trivy__centos-7-ignore-unfixed.json'],
    ['trivy/trivy__ubuntu-1804.json', 'trivy/trivy__ubuntu-1804-ignore-unfixed.json'],
    ['trivy/trivy__gomod.json', 'trivy/trivy__gomod-skip.json'],
  ])('the filtered variant of %s is a subset: %s', async (whole, filtered) => {
    const asset = `subset ${filtered}`;
    await bring(operator, await fixture(whole), onStream(asset));
    const subset = await bring(operator, await fixture(filtered), onStream(asset));
    expect(subset.counts).toMatchObject({ new: 0 });
  });

  it('a fake-clean npm audit is held', async () => {
    const asset = 'fake clean';
    await bring(operator, await fixture('npm_audit/auditci__v7_npm-allowlisted-path.json'), onStream(asset));
    const fake = await bring(
      operator,
      await fixture('npm_audit/npm11__offline_FAKE_CLEAN.json'),
      onStream(asset),
    );
    expect(fake).toMatchObject({ status: 'held', counts: { held: 5, fixed: 0 } });
    expect(await findingsOf(asset, ['open'])).toHaveLength(5);
  });

  it.each(['critical', 'high', 'low', 'moderate', 'skip-dev', 'none', 'allowlisted-path'])(
    'npm 6 and 7 agree about %s',
    async (name) => {
      const asset = `npm ${name}`;
      const old = await bring(
        operator,
        await fixture(`npm_audit/auditci__v6_npm-${name}.json`),
        onStream(asset),
      );
      const now = await bring(
        operator,
        await fixture(`npm_audit/auditci__v7_npm-${name}.json`),
        onStream(asset),
      );
      expect(now).toMatchObject({ status: 'done', counts: { new: 0, fixed: 0, found: old.counts?.found } });
    },
  );

  it('a Semgrep result whose line moves stays the same finding', async () => {
    const asset = 'semgrep drift';
    const sarif = async (path: string) => {
      const { results } = JSON.parse((await fixture(path)).toString());
      return {
        version: '2.1.0',
        runs: [
          {
            tool: { driver: { name: 'semgrep' } },
            results: results.map(
              (one: {
                check_id: string;
                path: string;
                start: { line: number };
                extra: { fingerprint: string; message: string };
              }) => ({
                ruleId: one.check_id,
                message: { text: one.extra.message },
                fingerprints: { 'matchBasedId/v1': one.extra.fingerprint },
                locations: [
                  {
                    physicalLocation: {
                      artifactLocation: { uri: one.path },
                      region: { startLine: one.start.line },
                    },
                  },
                ],
              }),
            ),
          },
        ],
      };
    };
    await bring(
      operator,
      await sarif('semgrep_drift/dd__close_old_findings_report_line31.json'),
      onStream(asset),
    );
    const moved = await bring(
      operator,
      await sarif('semgrep_drift/dd__close_old_findings_report_second_run_line24.json'),
      onStream(asset),
    );
    expect(moved.counts).toMatchObject({ new: 0, fixed: 0 });
    const other = await bring(
      operator,
      await sarif('semgrep_drift/dd__close_old_findings_report_third_run_different_unique_id.json'),
      onStream(asset),
    );
    expect(other.counts).toMatchObject({ new: 1 });
  });

  it('no secret of any report is anywhere in the database', async () => {
    const secrets = new Set<string>();
    for (const name of readdirSync(join(FIXTURES, 'gitleaks'))) {
      const text = (await fixture(`gitleaks/${name}`)).toString();
      for (const [, value = ''] of text.matchAll(
        /"(?:Secret|Match|offender|Line|line)": "((?:[^"\\]|\\.){6,})"/g,
      ))
        secrets.add(JSON.parse(`"${value}"`));
      await bring(operator, text, onStream(`secrets ${name}`));
    }
    expect(secrets.size).toBeGreaterThan(60);
    const dump = JSON.stringify([
      await scene.admin`select * from finding`,
      await scene.admin`select * from sighting`,
      await scene.admin`select * from finding_event`,
      await scene.admin`select * from scan`,
      await scene.admin`select * from audit_event`,
    ]);
    expect([...secrets].filter((secret) => dump.includes(JSON.stringify(secret).slice(1, -1)))).toEqual([]);
    expect(dump).not.toContain('@mail.com');
  });
});

describe('the events of every finding', () => {
  it('lead to its state, and the database derives the status that the table says', async () => {
    await decideFinding(operator, (await findingsOf('same'))[0]?.id ?? '', {
      decision: 'false_positive',
      reason: 'test data',
    });
    const rows = await scene.admin`select * from finding`;
    const events =
      await scene.admin`select finding_id, changes from finding_event order by finding_id, number`;
    const byFinding = Map.groupBy(events, (event) => event.finding_id);
    expect(rows.length).toBeGreaterThan(500);
    for (const row of rows) {
      const state = replay((byFinding.get(row.id) ?? []).map(({ changes }) => ({ changes })));
      expect(byFinding.get(row.id)).toHaveLength(row.events);
      expect(state).toEqual({
        severity: row.severity,
        detection: row.detection,
        episode: row.episode,
        openedAt: row.opened_at.toISOString(),
        dueAt: row.due_at?.toISOString() ?? null,
        fixedAt: row.fixed_at?.toISOString() ?? null,
        fixedByScanId: row.fixed_by_scan_id,
        decision: row.decision,
        decisionUntil: row.decision_until?.toISOString() ?? null,
        decisionReason: row.decision_reason,
        decisionJustification: row.decision_justification,
        decisionSource: row.decision_source,
        decidedBy: row.decided_by,
        decidedAt: row.decided_at?.toISOString() ?? null,
      });
    }
  });
});
