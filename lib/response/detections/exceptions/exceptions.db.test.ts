import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { keyActor, newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { policyWith, take } from '@/lib/response/detections/test/feed';
import { applyExceptions } from './apply-exceptions';
import { approveException } from './approve-exception';
import { endException } from './end-exception';
import { getException, listExceptions } from './queries';
import { previewException, requestException } from './request-exception';

const DAY_MS = 86_400_000;
const RULE = 'Terminal shell in container';
const REASON = 'The nightly backup opens a shell in this pod.';

let scene: Scene;
let ada: UserActor;
let grace: UserActor;
let tenantId: string;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  tenantId = await newTenant(`exceptions-${newId().slice(-8)}`);
  ada = await userActor('operator', tenantId);
  grace = await userActor('analyst', tenantId);
});

function send(cmdline: string, { daysAgo = 0, pod = 'api-0', policy = policyWith() } = {}) {
  const at = new Date(Date.now() - daysAgo * DAY_MS - Math.random() * 1000);
  const body = JSON.stringify({
    rule: RULE,
    priority: 'Critical',
    source: 'syscall',
    hostname: 'node-1',
    time: at.toISOString(),
    output_fields: { 'proc.cmdline': cmdline, 'k8s.ns.name': 'shop', 'k8s.pod.name': pod, n: newId() },
  });
  return take(scene.admin, { body, at, tenantId }, policy);
}

const groups = () =>
  scene.admin`select state, count::int, expected::int from detection_group where tenant_id = ${tenantId} order by scope`;
const input = { rule: RULE, fields: { 'proc.cmdline': 'sh backup.sh' }, reason: REASON, days: 30 };
const audits = async () =>
  (
    await scene.admin`select action from audit_event where tenant_id = ${tenantId} and action like 'detection.exception%' order by at`
  ).map(({ action }) => action);

describe('an exception', () => {
  it('is tried on the last 90 days before anything is decided', async () => {
    for (const daysAgo of [0, 10, 89, 91]) await send('sh backup.sh', { daysAgo });
    await send('sh -i');
    const replay = await previewException(grace, { rule: RULE, fields: input.fields });
    expect(replay).toMatchObject({ compared: 4, matched: 3, covered: 3, isExact: true, isCut: false });
    expect(replay.groups).toMatchObject([{ covered: 3, scope: expect.stringContaining('shop') }]);
    const none = await previewException(grace, { rule: RULE, fields: { 'proc.cmdline': 'sh backup.s' } });
    expect(none).toMatchObject({ matched: 0, covered: 0, groups: [] });
  });

  it('covers nothing until someone else approves it, then what came before and what comes', async () => {
    await send('sh backup.sh');
    await send('sh backup.sh', { pod: 'web-0' });
    await send('sh -i', { pod: 'web-0' });
    const { id, state, replay } = await requestException(grace, input);
    expect({ state, covered: replay?.covered }).toEqual({ state: 'waiting', covered: 2 });
    await send('sh backup.sh');
    await applyExceptions(testJobActor(tenantId));
    expect(await groups()).toMatchObject([
      { state: 'open', expected: 0 },
      { state: 'open', expected: 0 },
    ]);

    await expect(approveException(grace, id)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await getException(grace, id)).canApprove).toBe(false);
    expect((await getException(ada, id)).canApprove).toBe(true);
    await approveException(ada, id);
    await expect(approveException(ada, id)).rejects.toMatchObject({ code: 'conflict' });
    await applyExceptions(testJobActor(tenantId));
    await applyExceptions(testJobActor(tenantId));
    await send('sh backup.sh');
    // The group of `web` holds an event that is not covered, so it stays open.
    expect(await groups()).toMatchObject([
      { state: 'expected', count: 3, expected: 3 },
      { state: 'open', count: 2, expected: 1 },
    ]);
    expect(await getException(ada, id)).toMatchObject({ state: 'active', covered: 4 });
    expect(await audits()).toEqual(['detection.exception_requested', 'detection.exception_approved']);
  });

  it('covers nothing more once it is ended or over, and the next event is seen', async () => {
    await send('sh backup.sh');
    const { id } = await requestException(grace, input);
    await approveException(ada, id);
    await applyExceptions(testJobActor(tenantId));
    expect(await groups()).toMatchObject([{ state: 'expected' }]);
    await endException(grace, id, { reason: 'no longer needed' });
    await expect(endException(grace, id, { reason: 'again' })).rejects.toMatchObject({ code: 'conflict' });
    await send('sh backup.sh');
    expect(await groups()).toMatchObject([{ state: 'open', count: 2, expected: 1 }]);

    const second = await requestException(grace, input);
    await approveException(ada, second.id);
    await scene.admin`update detection_exception set expires_at = now() - interval '1 second' where id = ${second.id}`;
    await send('sh backup.sh');
    expect(await groups()).toMatchObject([{ state: 'open', count: 3, expected: 1 }]);
    expect((await getException(ada, second.id)).state).toBe('expired');
    await expect(approveException(ada, second.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await audits()).toContain('detection.exception_ended');
  });

  it('needs every field to be exactly so: neither a part nor a field that is not there', async () => {
    const { id } = await requestException(grace, {
      ...input,
      fields: { 'proc.cmdline': 'sh backup.sh', 'user.name': 'root' },
    });
    await approveException(ada, id);
    await send('sh backup.sh');
    expect(await groups()).toMatchObject([{ state: 'open', expected: 0 }]);
  });

  it('that a key asked for is not approved by who answers for the key', async () => {
    const key = {
      ...keyActor(newId(), ['detections:write', 'detections:read'], tenantId),
      ownerUserId: ada.userId,
    };
    const { id } = await requestException(key, input);
    await expect(approveException(ada, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(approveException(key, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(approveException(grace, id)).resolves.toMatchObject({ state: 'active' });
  });

  it('is repeated once with one Idempotency-Key, refused to those who may not, and hidden from others', async () => {
    const once = await requestException(grace, input, 'a');
    expect((await requestException(grace, input, 'a')).id).toBe(once.id);
    const auditor = await userActor('auditor', tenantId);
    await expect(requestException(auditor, input)).rejects.toMatchObject({ code: 'forbidden' });
    const stranger = await userActor('operator', await newTenant(`exceptions-${newId().slice(-8)}`));
    await expect(approveException(stranger, once.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(endException(stranger, once.id, { reason: 'mine' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await listExceptions(stranger)).items.filter(({ origin }) => origin === 'console')).toEqual([]);
  });

  it.each([
    [{ reason: 'too short' }],
    [{ days: 367 }],
    [{ days: 0 }],
    [{ fields: {} }],
    [{ fields: { 'proc.cmdline': '' } }],
    [{ rule: ' ' }],
  ])('is not taken with %j', async (change) => {
    await expect(requestException(grace, { ...input, ...change })).rejects.toThrow();
  });

  it('prints what Falco takes for the same, whatever stands in the values', async () => {
    const hostile = 'sh -c "a: [b]\n- {c}" # \u202e';
    const { id, upstream } = await requestException(grace, {
      ...input,
      fields: { 'proc.cmdline': hostile, 'user.uid': '0' },
      reason: `${REASON}\n- rule: another`,
    });
    const parsed = parse(upstream) as unknown[];
    expect(parsed).toEqual([
      {
        rule: RULE,
        exceptions: [
          {
            name: `bulwark_${id.replaceAll('-', '').slice(-12)}`,
            fields: ['user.uid', 'proc.cmdline'],
            comps: ['=', '='],
            values: [['0', hostile]],
          },
        ],
        override: { exceptions: 'append' },
      },
    ]);
    expect(upstream).not.toContain('\u202e');
    expect(upstream.split('\n')[0]).toBe(`# ${REASON} - rule: another`);
  });

  it('of an alert prints a silence that a shell takes as it stands', async () => {
    const { upstream } = await requestException(grace, {
      ...input,
      kind: 'alertmanager',
      rule: 'Disk',
      fields: { instance: `a'b"c$(id)` },
    });
    expect(upstream).toBe(
      `amtool silence add --duration=720h --comment='${REASON}' \\\n  'alertname="Disk"' 'instance="a'\\''b\\"c$(id)"'\n`,
    );
  });

  it('of the file holds for the tenants that it names, until its last day', async () => {
    const [tenant] = await scene.admin`select slug from identity.tenant where id = ${tenantId}`;
    const until = new Date(Date.now() + 5 * DAY_MS).toISOString().slice(0, 10);
    const policy = (slug: string, day = until) =>
      policyWith(`version: 1
exceptions:
  - rule: ${RULE}
    fields: { proc.cmdline: sh backup.sh }
    reason: ${REASON}
    until: ${day}
    approvedBy: grace
    tenants: [${slug}]`);
    await send('sh backup.sh', { policy: policy('another') });
    expect(await groups()).toMatchObject([{ state: 'open', expected: 0 }]);
    await send('sh backup.sh', { pod: 'web-0', policy: policy(tenant?.slug) });
    expect(await groups()).toMatchObject([{ state: 'open' }, { state: 'expected', expected: 1 }]);
    const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
    await send('sh backup.sh', { pod: 'web-0', policy: policy(tenant?.slug, yesterday) });
    expect(await groups()).toMatchObject([{ state: 'open' }, { state: 'open', count: 2 }]);
  });
});
