import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { createChannel } from '@/lib/platform/notifications/channels/create-channel';
import { sendNotices } from '@/lib/platform/notifications/jobs';
import { type MailServer, openMailServer } from '@/lib/platform/notifications/test/receivers';
import type { ReportContent, ReportDto, SectionKey } from './contract';
import { makeDueReport } from './make-due-report';
import { makeReport } from './make-report';
import { getReport, getReportSettings, listReports } from './queries';
import { updateReportSettings } from './update-settings';

process.env.ENCRYPTION_KEY = 'h7Kq2VbN5kLr7TzW1cYd4FhGm9PsQe6u';

const DAY_MS = 86_400_000;
const HOSTILE = '<img src=x onerror=alert(1)> [x](javascript:1) \u202Egnp';

let scene: Scene;
let mail: MailServer;
let gate: Server;
let operator: UserActor;
let tenantId: string;
beforeAll(async () => {
  // What is asked whether it is ready, and is.
  gate = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  process.env.BULWARK_GATE_URL = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
  scene = await openScene();
  mail = await openMailServer();
});
afterAll(async () => {
  gate.close();
  await mail.close();
  await scene.close();
});
beforeEach(async () => {
  mail.mails.length = 0;
  tenantId = await newTenant(`reports-${newId().slice(-8)}`);
  await scene.admin`update identity.tenant set created_at = now() - interval '60 days' where id = ${tenantId}`;
  operator = await userActor('operator', tenantId);
  await scene.admin`insert into rollup_watermark (tenant_id, name, until) values (${tenantId}, 'key_usage', now())`;
});

const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

async function addFinding(
  days: { opened: number; due: number },
  severity: string,
  owner: string | null = null,
): Promise<void> {
  const { admin } = scene;
  const [asset] = await admin`insert into asset (tenant_id, id, name) values (${tenantId}, ${newId()}, 'web')
    on conflict (tenant_id, name) do update set name = excluded.name returning id`;
  const id = newId();
  await admin`insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases, severity,
      title, details, detection, first_seen_at, opened_at, due_at, owner_user_id)
    values (${tenantId}, ${id}, ${asset?.id}, 'trivy', 'vulnerability', ${id}, 0, 1, 'CVE-1', '{}', ${severity}, 'A flaw', '{}',
      'present', ${ago(days.opened)}, ${ago(days.opened)}, ${ago(days.due)}, ${owner})`;
}

async function addEvents(
  count: number,
  daysAgo: number,
  event: { action: string; category: string; outcome: string; code?: string },
) {
  for (let i = 0; i < count; i++) {
    await scene.admin`insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_label, request_id)
      values (${tenantId}, ${ago(daysAgo)}, ${newId()}, ${event.category}, ${event.action}, ${event.outcome}, ${event.code ?? null}, 'user', 'ada', 'r')`;
  }
}

function linesOf({ content }: { content: ReportContent }, key: SectionKey): Record<string, string | null> {
  const section = content.sections.find((one) => one.key === key);
  return Object.fromEntries((section?.lines ?? []).map(({ text, value }) => [text, value]));
}

const audits = (action: string) =>
  scene.admin`select * from audit_event where tenant_id = ${tenantId} and action = ${action}`;
const make = (input = {}): Promise<ReportDto> => makeReport(operator, input);

/** With a name as an older version let it in: new ones are a plain line. */
async function hostileKey(expiresAt: string): Promise<void> {
  const { key } = await createKey(operator, { name: 'plain', scopes: ['keys:read'], expiresAt });
  await scene.admin`update api_key set name = ${HOSTILE} where id = ${key.id}`;
}

describe('a report', () => {
  it('has the numbers of the rows', async () => {
    await addFinding({ opened: 40, due: 10 }, 'critical', operator.userId);
    await addFinding({ opened: 40, due: 3 }, 'high');
    await addFinding({ opened: 2, due: -20 }, 'high');
    await addFinding({ opened: 2, due: -20 }, 'low');
    await addEvents(5, 1, { action: 'gate.verify', category: 'decision', outcome: 'success', code: 'VALID' });
    await addEvents(2, 1, {
      action: 'gate.verify',
      category: 'decision',
      outcome: 'denied',
      code: 'REVOKED',
    });
    await addEvents(3, 1, {
      action: 'gate.authorize',
      category: 'decision',
      outcome: 'denied',
      code: 'RATE_LIMITED',
    });
    await addEvents(4, 9, { action: 'gate.verify', category: 'decision', outcome: 'success', code: 'VALID' });
    await addEvents(1, 1, { action: 'auth.sign_in_failed', category: 'auth', outcome: 'failure' });
    await addEvents(6, 2, { action: 'member.invited', category: 'change', outcome: 'success' });
    await hostileKey(new Date(Date.now() + 5.5 * DAY_MS).toISOString());
    const report = await make();
    expect(linesOf(report, 'needs')).toMatchObject({
      'findings are overdue': '2',
      'critical finding is open': '1',
      'high findings are open': '2',
    });
    // Nothing seals the log here, and that comes first.
    const [unwell, overdue] = report.content.sections[0]?.lines ?? [];
    expect([unwell?.text, unwell?.tone]).toEqual(['component is not healthy', 'danger']);
    expect(overdue).toMatchObject({
      who: 'operator 1, operators 1',
      tone: 'danger',
    });
    expect(linesOf(report, 'access')).toEqual({
      'requests allowed by the gate': '5',
      'requests denied by the gate': '5',
      'requests denied by a rate limit': '3',
      'sign-ins that failed': '1',
    });
    const [allowed] = report.content.sections.find(({ key }) => key === 'access')?.lines ?? [];
    expect(allowed?.detail).toBe('4 in the previous 7 days');
    expect(linesOf(report, 'changes')).toMatchObject({ 'Member invited': '6 ×', 'Key created': '1 ×' });
    const [key] = report.content.sections.find(({ key: name }) => name === 'keys')?.lines ?? [];
    expect(key).toMatchObject({ value: 'expires in 5 days', tone: 'warning' });
    expect(key?.text).not.toContain('\u202E');
    expect(report.headline).toBe('1 component is not healthy, plus 6 more open actions');
    expect(await audits('report.made')).toHaveLength(1);
  });

  it('says what is not known, and shows no zero for it', async () => {
    const report = await make();
    const empty = (key: SectionKey) => report.content.sections.find((one) => one.key === key)?.empty;
    expect(linesOf(report, 'trend')).toEqual({});
    expect(empty('trend')).toBe('No data: no scan was ever imported.');
    expect(empty('checklist')).toBe('No data: the checklist has not run yet.');
    expect(Object.keys(linesOf(report, 'unknown'))).toContain(
      'No scans were imported, so new findings are unknown',
    );
    expect([report.tone, report.headline]).toEqual([
      'neutral',
      expect.stringContaining('No problems found, but some data is missing. No scan was ever imported'),
    ]);
  });

  it('stays as it was made, and cannot be changed by any role that runs', async () => {
    await addFinding({ opened: 40, due: 10 }, 'critical');
    const made = await make();
    await scene.admin`update finding set detection = 'absent', fixed_at = now() where tenant_id = ${tenantId}`;
    expect(await getReport(operator, made.id)).toEqual(made);
    const [grants] =
      await scene.admin`select has_table_privilege('app_rw', 'weekly_report', 'update') as "update",
      has_table_privilege('app_rw', 'weekly_report', 'delete') as "delete"`;
    expect(grants).toEqual({ update: false, delete: false });
  });

  it('caps long sections and says how much more there is', async () => {
    for (let i = 0; i < 20; i++)
      await createKey(operator, {
        name: `key ${i}`,
        scopes: ['keys:read'],
        expiresAt: new Date(Date.now() + 3 * DAY_MS).toISOString(),
      });
    const report = await make();
    expect(report.content.sections.find(({ key }) => key === 'keys')).toMatchObject({
      more: 8,
      morePath: '/keys?q=is%3Adue',
    });
  });
});

describe('on schedule', () => {
  it('is made once for each week by however many workers, and sent', async () => {
    await Promise.all([1, 2, 3].map(() => makeDueReport(testJobActor(tenantId))));
    await makeDueReport(testJobActor(tenantId));
    const { items } = await listReports(operator);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ kind: 'scheduled', madeBy: 'worker: test' });
    const notices = await scene.admin`select type from notification where tenant_id = ${tenantId}`;
    expect(notices.map(({ type }) => type)).toEqual(['report.weekly']);
  });

  it('is not made where it is turned off, nor for a tenant that is younger than the week', async () => {
    await updateReportSettings(operator, { isEnabled: false });
    await makeDueReport(testJobActor(tenantId));
    expect((await listReports(operator)).items).toHaveLength(0);
    expect((await getReportSettings(operator)).nextAt).toBeNull();
    const young = await newTenant(`young-${newId().slice(-8)}`);
    await makeDueReport(testJobActor(young));
    const [row] = await scene.admin`select count(*)::int as n from weekly_report where tenant_id = ${young}`;
    expect(row?.n).toBe(0);
  });
});

describe('by mail', () => {
  it('arrives whole, as text and HTML, and nothing in a name is markup', async () => {
    await createChannel(operator, {
      kind: 'email',
      name: 'team',
      recipients: ['team@example.org'],
      toOwner: false,
    });
    await hostileKey(new Date(Date.now() + 2 * DAY_MS).toISOString());
    await addFinding({ opened: 40, due: 10 }, 'critical');
    await make({ send: true });
    let now = new Date();
    const wires = { smtpUrl: mail.url, mailFrom: 'bulwark@console.example.org' };
    await sendNotices(testJobActor(tenantId), wires, () => now);
    now = new Date(now.getTime() + 60_000);
    await sendNotices(testJobActor(tenantId), wires, () => now);
    expect(mail.mails).toHaveLength(1);
    const raw = (mail.mails[0]?.raw ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=');
    expect(raw).toContain('Weekly report: 1 finding is overdue');
    expect(raw).toContain('OPEN ACTIONS');
    expect(raw).toContain('/findings?q=sla%3Aoverdue');
    const [, html = ''] = raw.split('Content-Type: text/html');
    expect(html).toContain('Keys due in 30 days');
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&lt;img src=x');
  });
});

describe('who may', () => {
  it('make and change reports: operators; read them: whoever reads metrics, in their own tenant', async () => {
    const auditor = await userActor('auditor', tenantId);
    await expect(makeReport(auditor, {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(updateReportSettings(auditor, { weekday: 3 })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(listReports(keyActor(newId(), ['keys:read'], tenantId))).rejects.toMatchObject({
      code: 'forbidden',
    });
    const made = await make();
    expect((await getReport(auditor, made.id)).id).toBe(made.id);
    const stranger = await userActor('operator', await newTenant(`other-${newId().slice(-8)}`));
    await expect(getReport(stranger, made.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(getReport(stranger, '..')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('change the settings from the copy that they edited, on record', async () => {
    const changed = await updateReportSettings(
      operator,
      { weekday: 5, sendAt: '17:30', sections: ['needs', 'access'] },
      '"0"',
    );
    expect(changed).toMatchObject({ weekday: 5, sendAt: '17:30', sections: ['needs', 'access'], version: 1 });
    await expect(updateReportSettings(operator, { weekday: 1 }, '"0"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(updateReportSettings(operator, { sections: [] })).rejects.toThrow();
    expect(await audits('report.settings_changed')).toHaveLength(1);
    expect((await make()).content.sections.map(({ key }) => key)).toEqual(['needs', 'access']);
  });

  it('repeats the answer of a repeated request', async () => {
    const [one, two] = [await makeReport(operator, {}, 'once'), await makeReport(operator, {}, 'once')];
    expect(two).toEqual(one);
    expect((await listReports(operator, { limit: 1 })).nextCursor).toBeNull();
  });
});
