import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileError } from '@/lib/platform/core/yaml-file';
import { parseChecklist } from './definition';

const ITEMS = [
  'secrets-in-backend',
  'scans-passed',
  'no-severe-findings',
  'rate-limiting',
  'tls-valid',
  'firewall-declared',
  'weekly-scans',
  'monthly-rotation',
  'audit-log-verified',
  'quarterly-review',
  'incident-plan-tested',
];

function problemsOf(text: string): string[] {
  try {
    parseChecklist(text, 'checklist.yaml');
  } catch (error) {
    if (error instanceof FileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const withCheck = (check: string) => `version: 1
objectives:
  - key: one
    title: One
    why: Because
    stage: ongoing
    severity: low
    checks:
      - key: a
        title: A
        cadence: 1d
        remediation: Mend it.
${check
  .split('\n')
  .map((line) => `        ${line}`)
  .join('\n')}
`;

const digestOf = (check: string) =>
  parseChecklist(withCheck(check), 'f').objectives[0]?.checks[0]?.digest ?? '';

describe('the checklist in security/', () => {
  const definition = parseChecklist(
    readFileSync('security/checklist.yaml', 'utf8'),
    'security/checklist.yaml',
  );

  it('holds the ten items of the baseline, six of them before deployment, and that the audit log is verified', () => {
    expect(definition.objectives.map((one) => one.key)).toEqual(ITEMS);
    expect(definition.objectives.filter((one) => one.stage === 'pre_deploy')).toHaveLength(6);
  });

  it('knows the line of every check', () => {
    const lines = readFileSync('security/checklist.yaml', 'utf8').split('\n');
    for (const check of definition.objectives.flatMap((one) => one.checks))
      expect(lines[check.line - 1]).toContain(`key: ${check.key}`);
  });
});

describe('parseChecklist', () => {
  it.each([
    ['kind: tls', []],
    [
      'kind: nonsense',
      [/^checklist.yaml:13:15: objectives\/0\/checks\/0\/kind: must have a kind: one of secrets, scans/],
    ],
    ['kind: tls\nscope: { hosts: [Example.org] }', [/:14:26: .*must be a host in lower case/]],
    ['kind: tls\nparameters: { failWithin: 30d, warnWithin: 2d }', [/must not be shorter than failWithin/]],
    ['kind: tls\nparametres: {}', [/:14:9: .*Unknown field parametres. Allowed fields: key, title/]],
    [
      'kind: firewall\nscope: { hosts: [{ host: db.example.org, open: [70000] }] }',
      [/must be at most 65535/],
    ],
    ['kind: http', [/scope/]],
    ['kind: http\nscope: { urls: ["ftp://x"] }', [/http or https address/]],
    ['kind: attestation\nparameters: { asks: short }', [/10 characters/]],
    [
      'kind: query\nparameters: { from: keys, where: [{ field: digest, op: is, value: x }], expect: { atMost: 0 } }',
      [/must be one of name, environment/],
    ],
    [
      'kind: query\nparameters: { from: keys, where: [{ field: age, op: is, value: 3d }], expect: { atMost: 0 } }',
      [/must be more_than or less_than for age/],
    ],
    ['kind: query\nparameters: { from: keys, expect: {} }', [/atMost, atLeast or both/]],
  ])('says what is wrong with %j', (check, wanted) => {
    const problems = problemsOf(withCheck(check));
    expect(problems).toHaveLength(wanted.length);
    for (const [index, pattern] of wanted.entries()) expect(problems[index]).toMatch(pattern);
  });

  it('refuses a key that is used twice, at its line', () => {
    const text = withCheck('kind: tls');
    const twice = `${text}${text.split('\n').slice(2).join('\n')}`;
    expect(problemsOf(twice)).toEqual([
      expect.stringMatching(/^checklist.yaml:14:10: objectives\/1\/key: "one" is used twice/),
      expect.stringMatching(/"a" is used twice/),
    ]);
  });

  it('gives another digest to another meaning, and the same to another wording', () => {
    const plain = digestOf('kind: tls');
    expect(digestOf('kind: tls\nparameters: {}')).toBe(plain);
    expect(digestOf('kind: tls\ngrace: 2d')).toBe(plain);
    expect(digestOf('kind: tls\nversion: 2')).not.toBe(plain);
    expect(digestOf('kind: tls\nscope: { hosts: [a.example.org] }')).not.toBe(plain);
    expect(digestOf('kind: tls\nparameters: { failWithin: 8d }')).not.toBe(plain);
  });
});
