import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene } from '@/db/test/scene';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import {
  FALCO_FIXTURES,
  type Fed,
  hasShared,
  policyWith,
  processAll,
  feed as put,
  SENDER,
  shared,
} from '@/lib/response/detections/test/feed';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

let tenants = 0;

/** A tenant of its own for each test, with what a test asks of it. */
async function open(policy?: DetectionPolicy) {
  tenants += 1;
  const tenantId = await newTenant(`falco-${tenants}`);
  const { admin } = scene;
  return {
    tenantId,
    send: async (fed: Fed | string) => {
      const id = await put(admin, { ...(typeof fed === 'string' ? { body: fed } : fed), tenantId });
      await processAll(policy, tenantId);
      return id;
    },
    put: (fed: Fed) => put(admin, { ...fed, tenantId }),
    process: () => processAll(policy, tenantId),
    groups: () =>
      admin`select * from detection_group where tenant_id = ${tenantId} order by first_received_at, rule`,
    detections: () => admin`select * from detection where tenant_id = ${tenantId} order by received_at, id`,
    sensors: () => admin`select * from detection_sensor where tenant_id = ${tenantId} order by host`,
    delivery: async (id: string) => (await admin`select * from event_delivery where id = ${id}`)[0],
  };
}

const event = (more: object = {}) => ({
  rule: 'Terminal shell in container',
  priority: 'Notice',
  time: '2026-12-01T10:00:00.123456789Z',
  source: 'syscall',
  hostname: 'node-1',
  output: 'A shell was spawned',
  output_fields: { 'proc.cmdline': 'sh', 'k8s.ns.name': 'shop', 'k8s.pod.name': 'api-676b6c5bbc-4xc6t' },
  ...more,
});
const json = (more: object = {}) => JSON.stringify(event(more));
const sequence = (n: number) =>
  `2026-12-01T10:00:${String(n % 60).padStart(2, '0')}.${String(n).padStart(9, '0')}Z`;

describe('an event of Falco', () => {
  it('that has only its five keys is kept', async () => {
    const world = await open();
    await world.send(
      '{"time":"2026-12-01T10:00:00.000000001Z","rule":"r","priority":"INFO","source":"s","hostname":"h"}',
    );
    expect(await world.detections()).toMatchObject([
      {
        rule: 'r',
        priority: 'Informational',
        source: 's',
        host: 'h',
        marks: ['clock_differs'],
        event_time: '2026-12-01T10:00:00.000000001Z',
      },
    ]);
  });

  it('is never refused for what it lacks, and says what that is', async () => {
    const world = await open();
    const body = [
      '{"output":"x"}',
      '{"rule":"r2","priority":"Sev9","time":"2021-04-13T20:58:00.7Z+2"}',
      '{"Rule":"r3","priority":"constructor"}',
    ];
    await world.send(body.join('\n'));
    expect(await world.detections()).toMatchObject(
      [
        {
          rule: 'unnamed rule',
          priority: 'Warning',
          priority_given: null,
          marks: ['incomplete', 'time_unreadable', 'priority_unknown'].sort((a, b) =>
            a === 'incomplete' ? -1 : a < b ? -1 : 1,
          ),
        },
        { rule: 'r2', priority: 'Warning', priority_given: 'Sev9' },
        { rule: 'r3', priority: 'Warning', priority_given: 'constructor' },
      ].map(({ marks: _, ...rest }) => rest),
    );
    const [first] = await world.detections();
    expect(new Set(first?.marks)).toEqual(new Set(['incomplete', 'time_unreadable', 'priority_unknown']));
  });

  it('keeps numbers as they were written, and names whatever they are', async () => {
    const world = await open();
    const raw =
      '{"rule":"r","priority":"Error","time":"2026-12-01T10:00:00Z","output_fields":{"evt.time":1600013430060232123,"__proto__":{"x":1},"a[0]/b ?":1.0,"k8s.pod.name":["p",{"q":null}],"n":null,"big":' +
      `"${'x'.repeat(100_000)}"}}`;
    await world.send(raw);
    const [row] = await world.detections();
    expect(row?.raw).toBe(raw);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    const [group] = await world.groups();
    expect(group?.differing).toHaveProperty(['a[0]/b ?'], ['1.0']);
    expect(group?.differing).toHaveProperty(['k8s.pod.name'], ['["p",{"q":null}]']);
  });

  it.each([
    ['a list', '["p"]'],
    ['an object', '{"a":1}'],
    ['a number', '12345678901234567890'],
    ['null', 'null'],
    ['a long text', `"${'p'.repeat(100_000)}"`],
  ])('takes %s as the name of a pod', async (_, value) => {
    const world = await open();
    const id = await world.send(
      `{"rule":"r","priority":"Error","time":"2026-12-01T10:00:00Z","hostname":"h","output_fields":{"k8s.ns.name":"n","k8s.pod.name":${value}}}`,
    );
    expect(await world.delivery(id)).toMatchObject({ problem: null, events: 1 });
    expect(await world.detections()).toHaveLength(1);
  });

  it('is put into the group of what it is about, not of its pod, process or time', async () => {
    const world = await open();
    const pods = ['api-676b6c5bbc-4xc6t', 'api-676b6c5bbc-9zzzz', 'api-5f4d8b7c9-abcde'];
    for (const [i, pod] of pods.entries()) {
      await world.send(
        json({
          time: sequence(i),
          output_fields: {
            'k8s.ns.name': 'shop',
            'k8s.pod.name': pod,
            'proc.pid': i,
            'container.id': `c${i}`,
          },
        }),
      );
    }
    await world.send(json({ output_fields: { 'k8s.ns.name': 'shop', 'k8s.pod.name': 'web-0' } }));
    await world.send(
      json({ output_fields: { 'container.image.repository': 'alpine', 'container.name': 'x' } }),
    );
    await world.send(json({ output_fields: {} }));
    expect(
      (await world.groups()).map(({ scope_kind, scope, count }) => [scope_kind, scope, Number(count)]),
    ).toEqual([
      ['workload', 'shop/api', 3],
      ['workload', 'shop/web', 1],
      ['image', 'alpine (x)', 1],
      ['host', 'node-1', 1],
    ]);
  });

  it('of Kubernetes’ audit log belongs to user, verb, resource and namespace', async () => {
    const world = await open();
    const call = (more: object) =>
      json({
        source: 'k8s_audit',
        rule: 'Disallowed K8s User',
        output_fields: {
          'ka.user.name': 'yacht',
          'ka.verb': 'patch',
          'ka.target.resource': 'events',
          ...more,
        },
      });
    await world.send(
      [
        call({ 'ka.target.name': 'a' }),
        call({ 'ka.target.name': 'b' }),
        call({ 'ka.verb': 'get' }),
        call({ 'ka.target.namespace': 'kube-system' }),
      ].join('\n'),
    );
    expect(
      (await world.groups()).map(({ scope, source, count }) => [scope, source, Number(count)]).sort(),
    ).toEqual([
      ['yacht get events', 'k8s_audit', 1],
      ['yacht patch events in kube-system', 'k8s_audit', 1],
      ['yacht patch events', 'k8s_audit', 2],
    ]);
  });

  it('belongs to further fields where the policy says so', async () => {
    const world = await open(policyWith('version: 1\ngrouping: { rules: [{ rule: out, add: [fd.sip] }] }'));
    for (const sip of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
      await world.send(
        json({
          rule: 'out',
          time: sequence(Math.floor(Math.random() * 1e8)),
          output_fields: { 'fd.sip': sip },
        }),
      );
    }
    expect((await world.groups()).map(({ count }) => Number(count)).sort()).toEqual([1, 2]);
  });

  it('is rated by priority, maturity and scope, and says how', async () => {
    const world = await open();
    const of = (rule: string, priority: string, more: object = {}) => json({ rule, priority, ...more });
    const body = [
      of('Read sensitive file untrusted', 'Warning'),
      of('Read ssh information', 'Error'),
      of('Write below etc', 'Error'),
      of('Detect release_agent File Container Escapes', 'Critical'),
      of('our own', 'Error'),
      of('tagged', 'Error', { tags: ['maturity_sandbox', 'T1059', 'mitre_execution'] }),
      of('Read sensitive file untrusted', 'Warning', { output_fields: { 'container.id': 'host' } }),
    ];
    await world.send(`[${body.join(',')}]`);
    const groups = await world.groups();
    const severityOf = (rule: string) =>
      groups
        .filter((group) => group.rule === rule)
        .map(({ severity }) => severity)
        .sort();
    expect(severityOf('Read sensitive file untrusted')).toEqual(['high', 'medium']);
    expect(severityOf('Read ssh information')).toEqual(['medium']);
    expect(severityOf('Write below etc')).toEqual(['low']);
    expect(severityOf('Detect release_agent File Container Escapes')).toEqual(['critical']);
    expect(severityOf('our own')).toEqual(['high']);
    expect(severityOf('tagged')).toEqual(['low']);
    expect(groups.find(({ rule }) => rule === 'tagged')).toMatchObject({
      techniques: ['T1059'],
      tactics: ['execution'],
      maturity: 'sandbox',
      severity_steps: [
        { why: 'priority Error', change: null, to: 'high' },
        { why: 'sandbox rule', change: -2, to: 'low' },
      ],
    });
  });

  it('says that falcosidekick shortened it', async () => {
    const world = await open();
    const cut = `${'a'.repeat(507)}[...]`;
    await world.send(json({ output_fields: { 'proc.cmdline': cut } }));
    expect((await world.detections())[0]?.marks).toContain('shortened');
  });

  it('never keeps a key of Bulwark that stands in it', async () => {
    const world = await open();
    const key = `blw_live_${'A1b2C3d4E5f6G7h8'}${'s'.repeat(32)}${'0'.repeat(6)}`;
    const id = await world.send(
      json({ output: `curl -H ${key}`, output_fields: { 'proc.cmdline': `curl ${key}` } }),
    );
    const [row] = await world.detections();
    expect(row?.raw).toContain('blw_live_A1b2…[redacted]');
    expect(row?.marks).toContain('secret_redacted');
    expect(JSON.stringify([row, await world.groups(), await world.delivery(id)])).not.toContain('ssssssss');
    expect(
      await scene.admin`select value from detection_entity where tenant_id = ${world.tenantId} and type = 'key'`,
    ).toMatchObject([{ value: 'A1b2C3d4E5f6G7h8' }]);
  });

  it('with a time of another zone is marked, with one of another decade is not believed', async () => {
    const world = await open();
    const now = new Date();
    const ahead = (hours: number) => new Date(now.getTime() + hours * 3_600_000).toISOString();
    await world.send({ body: json({ rule: 'a', time: ahead(3) }), at: now });
    await world.send({
      body: json({ rule: 'b', time: ahead(24 * 365 * 9) }),
      at: new Date(now.getTime() + 1),
    });
    await world.send({ body: json({ rule: 'c', time: ahead(0) }), at: new Date(now.getTime() + 2) });
    const rows = await world.detections();
    expect(rows.map(({ rule, marks }) => [rule, marks])).toEqual([
      ['a', ['clock_differs']],
      ['b', ['time_refused']],
      ['c', []],
    ]);
    expect(rows[1]?.event_at.getTime()).toBe(rows[1]?.received_at.getTime());
  });
});

describe('the same event again', () => {
  it('is one event with as many deliveries, whatever its sidekick calls it', async () => {
    const world = await open();
    for (let i = 0; i < 6; i++) await world.put({ body: json({ uuid: `u${i}`, output: i % 2 ? 'x' : 'y' }) });
    await world.process();
    await world.send(json({ uuid: 'later' }));
    expect(await world.detections()).toMatchObject([{ deliveries: 7 }]);
    expect(await world.groups()).toMatchObject([{ count: '1', duplicates: '6' }]);
  });

  it('after ten minutes, or with another nanosecond, is another one', async () => {
    const world = await open();
    const now = Date.now();
    await world.send({ body: json(), at: new Date(now - 11 * 60_000) });
    await world.send({ body: json(), at: new Date(now) });
    await world.send({ body: json({ time: '2026-12-01T10:00:00.123456780Z' }), at: new Date(now) });
    expect(await world.groups()).toMatchObject([{ count: '3', duplicates: '0' }]);
  });

  it('without a time is never taken for a copy', async () => {
    const world = await open();
    await world.send(`${json({ time: undefined })}\n${json({ time: undefined })}`);
    expect(await world.groups()).toMatchObject([{ count: '2', duplicates: '0' }]);
  });
});

describe('a body', () => {
  it('may be a list, lines, one after another, compressed, or broken in part', async () => {
    const world = await open();
    const one = (n: number) => json({ rule: `r${n}` });
    await world.send(`[${one(1)},\n ${one(2)}]`);
    await world.send(`${one(3)}\n\n${one(4)}\n`);
    await world.send(`${JSON.stringify(event({ rule: 'r5' }), null, 2)}${one(6)}`);
    await world.send({ body: gzipSync(one(7)), encoding: 'gzip' });
    const broken = await world.send(`${one(8)}\n{"rule":"cut\n${one(9)}`);
    expect((await world.groups()).map(({ rule }) => rule).sort()).toEqual([
      'r1',
      'r2',
      'r3',
      'r4',
      'r5',
      'r6',
      'r7',
      'r8',
      'r9',
    ]);
    expect(await world.delivery(broken)).toMatchObject({
      events: 2,
      problem: expect.stringContaining('broken or cut off'),
    });
  });

  it.each<[string, Partial<Fed> & { body: string | Buffer }, string]>([
    ['nothing', { body: '' }, 'The body is empty.'],
    ['no JSON', { body: 'hello' }, 'Not a JSON object.'],
    ['numbers', { body: '[1, "a", [2]]' }, 'Not a JSON object.'],
    ['an empty list', { body: '[]' }, 'The body holds no event.'],
    ['an empty object', { body: '{}' }, 'The object is empty.'],
    ['a tower', { body: `${'{"a":'.repeat(100)}1${'}'.repeat(100)}` }, 'Nested deeper than 64 levels.'],
    ['a million brackets', { body: '['.repeat(1_000_000) }, 'The list does not end'],
    ['no gzip', { body: 'x', encoding: 'gzip' }, 'It is not valid gzip data.'],
    [
      'a bomb',
      { body: gzipSync(Buffer.alloc(50 * 1024 * 1024)), encoding: 'gzip' },
      'It unpacks to more than',
    ],
    ['the beginning of too much', { body: 'x', bodyBytes: 2_000_000 }, 'The body has 2000000 bytes'],
  ])('of %s is filed with the reason', async (_, fed, reason) => {
    const world = await open();
    const id = await world.send(fed);
    const delivery = await world.delivery(id);
    expect(delivery?.problem).toContain(reason.split(' ')[0]);
    expect(delivery?.processed_at).not.toBeNull();
    expect(await world.detections()).toHaveLength(0);
  });

  it('of more than a thousand events says how many were left', async () => {
    const world = await open();
    const id = await world.send(
      Array.from({ length: 1_003 }, (_, i) => json({ time: sequence(i) })).join('\n'),
    );
    expect(await world.delivery(id)).toMatchObject({
      events: 1_000,
      problem: '3 events beyond the first 1,000 were not read.',
    });
    expect(await world.groups()).toMatchObject([{ count: '1000' }]);
  });
});

describe('a flood', () => {
  it('is counted to the last event, keeps a few, and says what differs', async () => {
    const world = await open();
    for (let batch = 0; batch < 20; batch++) {
      const lines = Array.from({ length: 1_000 }, (_, i) => {
        const n = batch * 1_000 + i;
        return json({
          time: sequence(n),
          output_fields: { 'k8s.ns.name': 'shop', 'proc.cmdline': `cmd ${n % 3}`, 'user.name': 'root' },
        });
      });
      await world.put({ body: lines.join('\n') });
    }
    await world.process();
    const [group] = await world.groups();
    expect(group).toMatchObject({ count: '20000', episode: 1 });
    expect(group?.stored).toBeLessThanOrEqual(200);
    expect(group?.differing['proc.cmdline']).toEqual(['cmd 0', 'cmd 1', 'cmd 2']);
    const rows = await world.detections();
    expect(rows).toHaveLength(group?.stored);
    expect(rows.reduce((sum, { weight }) => sum + Number(weight), 0)).toBe(Number(group?.represented));
    const [tally] = await scene.admin`
      select sum(count)::int as count, sum(stored)::int as stored from detection_tally where tenant_id = ${world.tenantId} and span = 'month'`;
    expect(tally).toEqual({ count: 20_000, stored: group?.stored });
    const [sender] =
      await scene.admin`select * from detection_sender where tenant_id = ${world.tenantId} and id = ${SENDER}`;
    expect(Number(sender?.events)).toBe(20_000);
    expect(Number(sender?.summarised)).toBe(20_000 - group?.stored);
  });

  it('does not hide what is new beside it', async () => {
    const world = await open(policyWith('version: 1\nfloods: { eventsPerSecond: 1, burst: 1 }'));
    const noise = Array.from({ length: 50 }, (_, i) => json({ rule: 'noise', time: sequence(i) }));
    await world.send([...noise, json({ rule: 'quiet', time: sequence(99) })].join('\n'));
    expect((await world.groups()).map(({ rule, count, stored }) => [rule, count, stored]).sort()).toEqual([
      ['noise', '50', 1],
      ['quiet', '1', 1],
    ]);
  });
});

describe('a group', () => {
  it('begins its next episode after a pause, and is open again when it was closed', async () => {
    const world = await open();
    const start = Date.now() - 3 * 3_600_000;
    const at = (minutes: number) => new Date(start + minutes * 60_000);
    await world.send({ body: json({ time: sequence(1) }), at: at(0) });
    await world.send({ body: json({ time: sequence(2) }), at: at(10) });
    expect(await world.groups()).toMatchObject([{ episode: 1, episode_count: '2' }]);
    await scene.admin`update detection_group set state = 'closed' where tenant_id = ${world.tenantId}`;
    await world.send({ body: json({ time: sequence(3) }), at: at(12) });
    expect(await world.groups()).toMatchObject([
      { episode: 2, episode_count: '1', state: 'open', count: '3' },
    ]);
    await world.send({ body: json({ time: sequence(4) }), at: at(60) });
    expect(await world.groups()).toMatchObject([{ episode: 3 }]);
    await world.send({ body: json({ time: sequence(5) }), at: at(5) });
    expect(await world.groups()).toMatchObject([{ episode: 3, count: '5' }]);
  });

  it('is recorded and told once for each episode, where it is severe', async () => {
    const world = await open();
    const severe = (n: number) =>
      json({ priority: 'Critical', time: sequence(n), rule: 'bad <script>\u202e\u001b[31m' });
    await world.send(`${severe(1)}\n${severe(2)}\n${json({ rule: 'mild' })}`);
    await world.send(severe(3));
    const told =
      await scene.admin`select type, severity, subject_label from notification where tenant_id = ${world.tenantId}`;
    expect(told).toMatchObject([{ type: 'detection.raised', severity: 'critical' }]);
    expect(told[0]?.subject_label).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const recorded = await scene.admin`
      select target_label, details from audit_event where tenant_id = ${world.tenantId} and action = 'detection.group_opened'`;
    expect(recorded).toHaveLength(2);
  });
});

describe('a sensor', () => {
  const snapshot = (fields: object, more: object = {}) =>
    json({
      rule: 'Falco internal: metrics snapshot',
      priority: 'Informational',
      source: 'internal',
      output_fields: fields,
      ...more,
    });

  it('is known by what it sends, its snapshots are its heartbeat and never detections', async () => {
    const world = await open();
    const start = Date.now() - 4 * 3_600_000;
    for (let hour = 0; hour < 4; hour++) {
      const at = new Date(start + hour * 3_600_000);
      const fields = {
        'falco.version': '0.44.0',
        'falco.kernel_release': '6.14',
        'scap.engine_name': 'modern_bpf',
        'scap.n_evts': 1_000 * (hour + 1),
        'scap.n_evts_prev': 1_000 * hour,
        'scap.n_drops': '20',
        'scap.n_drops_prev': '0',
      };
      await world.send({ body: snapshot(fields, { time: at.toISOString() }), at });
      await world.send({ body: snapshot(fields, { time: at.toISOString() }), at });
    }
    expect(await world.detections()).toHaveLength(0);
    expect(await world.sensors()).toMatchObject([
      {
        host: 'node-1',
        kind: 'falco',
        version: '0.44.0',
        kernel: '6.14',
        engine: 'modern_bpf',
        recent_gaps: [3600, 3600, 3600],
        events: '0',
        clock_offset_ms: '0',
      },
    ]);
    const hours =
      await scene.admin`select seen, dropped, heartbeats from detection_sensor_hour where tenant_id = ${world.tenantId}`;
    expect(hours.map((row) => ({ ...row }))).toEqual(
      Array.from({ length: 4 }, () => ({ seen: '1000', dropped: '20', heartbeats: 1 })),
    );
  });

  it('counts drops from their notice where there are no snapshots', async () => {
    const world = await open();
    await world.send(
      json({
        rule: 'Falco internal: syscall event drop',
        output: 'Falco internal: syscall event drop. 815508 system calls dropped in last second.',
        output_fields: { n_evts: '1000000' },
      }),
    );
    expect(await world.detections()).toHaveLength(0);
    expect(
      await scene.admin`select seen, dropped from detection_sensor_hour where tenant_id = ${world.tenantId}`,
    ).toMatchObject([{ seen: '1000000', dropped: '815508' }]);
  });
});

describe.skipIf(!hasShared(FALCO_FIXTURES))(
  'the fixtures of ../shared (skipped where they are not there)',
  () => {
    /** Groups as the rules of this product make them; the files' own index counts by rule and host. */
    const GROUPS: Record<string, number> = {
      'HANDMADE__missing_rule.json': 1,
      'HANDMADE__unknown_priority.json': 1,
      'plugins__collector.jsonl': 1,
      'sidekick__readme_write_below_binary_dir.json': 1,
      'sidekick__syscall_event_drop_2.json': 0,
      'sidekick__test_input.json': 1,
      'talon__examples.jsonl': 6,
      'testing__single_rule_with_cat_write.jsonl': 1,
      'web__blog_detect-threats-falco-ovh-mks-audit-logs-plugin.jsonl': 4,
      'web__blog_extend-falco-outputs-with-falcosidekick.jsonl': 1,
      'web__blog_falcosidekick-response-engine-part-1-kubeless.jsonl': 1,
      'web__blog_falcosidekick-response-engine-part-4-tekton.jsonl': 1,
      'web__blog_falcosidekick-response-engine-part-9-fission.jsonl': 2,
      'web__docs_concepts_metrics.jsonl': 0,
      'web__docs_troubleshooting_missing-fields.jsonl': 0,
    };

    it('all become groups, or the health of a sensor', async () => {
      const names = readdirSync(FALCO_FIXTURES).filter(
        (name) => /\.jsonl?$/.test(name) && name !== 'rules-index.json',
      );
      const made: Record<string, number> = {};
      for (const name of names) {
        const world = await open();
        const id = await world.send(shared(FALCO_FIXTURES, name));
        expect({ name, problem: (await world.delivery(id))?.problem }).toEqual({ name, problem: null });
        made[name] = (await world.groups()).length;
      }
      expect(made).toEqual(GROUPS);
    });

    it('eight lines of one rule are one group of eight', async () => {
      const world = await open();
      await world.send(shared(FALCO_FIXTURES, 'testing__single_rule_with_cat_write.jsonl'));
      expect(await world.groups()).toMatchObject([{ count: '8', scope: 'test-falco-hostname' }]);
    });
  },
);
