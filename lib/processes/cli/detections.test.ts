import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cliActorOf } from './command';
import { detectionsCheck } from './detections';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-detections-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function check(text: string, event?: string) {
  const file = join(folder, 'detections.yaml');
  writeFileSync(file, text);
  const values = event === undefined ? {} : { event: join(folder, 'event.json') };
  if (event !== undefined) writeFileSync(join(folder, 'event.json'), event);
  return detectionsCheck.run({ values, positionals: [file], actor: cliActorOf(), out: () => undefined });
}

const REASON = 'The nightly backup opens a shell in this pod.';
const until = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const exception = (days: number) =>
  `version: 1\nexceptions:\n  - { rule: A, fields: { proc.name: sh }, reason: "${REASON}", until: ${until(days)}, approvedBy: ada }\n`;

describe('bulwark detections check', () => {
  it('accepts the file of the repository', async () => {
    const { isOk, lines } = await check(readFileSync('security/detections.yaml', 'utf8'));
    expect({ isOk, count: lines.length }).toEqual({ isOk: true, count: 1 });
    expect(lines[0]).toContain('is valid:');
  });

  it.each([
    ['version: 2', /:1:10: version: must be 1/],
    ['version: 1\ngruoping: {}', /Unknown field gruoping/],
    ['version: 1\ngrouping: { rules: [{ rule: A, add: [proc.pid] }] }', /differs in every event/],
    ['version: 1\ngrouping: { rules: [{ rule: A, add: [container.id] }] }', /differs in every event/],
    [
      'version: 1\ngrouping: { rules: [{ rule: A, add: [fd.sip] }, { rule: A, add: [fd.sport] }] }',
      /differs in every event/,
    ],
    [
      'version: 1\ngrouping: { rules: [{ rule: A, add: [fd.sip] }, { rule: A, add: [fd.sip] }] }',
      /"A" is listed twice/,
    ],
    ['version: 1\nseverity: { priorities: { Critical: severe } }', /must be critical, high/],
    ['version: 1\nfloods: { keepFirst: 21 }', /from 1 to 20/],
    ['version: 1\nsensors: { heartbeat: 1s }', /must be a time from 60s/],
    ['version: 1\nexceptions: [{ rule: A }]', /fields/],
    [exception(400), /at most 366 days from now/],
    ['version: 1\nversion: 1', /:2:1:/],
  ])('says where %j is wrong', async (text, wanted) => {
    const { isOk, lines } = await check(text);
    expect(isOk).toBe(false);
    expect(lines.join('\n')).toMatch(wanted);
  });

  it('shows what it makes of an event, and how', async () => {
    const event = {
      time: '2026-12-01T10:00:00.000000000Z',
      rule: 'Unexpected outbound connection destination',
      priority: 'Notice',
      source: 'syscall',
      hostname: 'node-1',
      output_fields: {
        'fd.sip': '203.0.113.7',
        'k8s.ns.name': 'shop',
        'k8s.pod.name': 'api-676b6c5bbc-4xc6t',
      },
      tags: ['maturity_stable'],
    };
    const { isOk, lines } = await check(
      `version: 1
grouping: { rules: [{ rule: Unexpected outbound connection destination, add: [fd.sip] }] }
severity: { rules: [{ rule: Unexpected outbound connection destination, severity: high }] }`,
      `${JSON.stringify(event)}\n{"rule":"Falco internal: metrics snapshot","priority":"Informational","source":"internal"}`,
    );
    expect(isOk).toBe(true);
    expect(lines.slice(1)).toEqual([
      'Unexpected outbound connection destination',
      '  group      shop/api, fd.sip=203.0.113.7',
      expect.stringMatching(/^ {2}severity {3}high \(priority Notice: low; set for this rule in .*: high\)$/),
      '  notifies   yes',
      'Falco internal: metrics snapshot',
      '  health of a sensor, no detection',
    ]);
  });

  it('names the exception that covers it, and what could not be read', async () => {
    const { isOk, lines } = await check(
      exception(5),
      '{"rule":"A","priority":"Critical","output_fields":{"proc.name":"sh"}}\n{"rule":"\u001b[31mB"',
    );
    expect(isOk).toBe(false);
    expect(lines).toContain('  notifies   no');
    expect(lines).toContain('  expected   file:1');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing may color a terminal
    expect(lines.join('\n')).not.toMatch(/\u001b/);
  });

  it('needs one file', async () => {
    await expect(
      detectionsCheck.run({ values: {}, positionals: [], actor: cliActorOf(), out: () => undefined }),
    ).rejects.toThrow('Specify a file');
  });
});
