import { describe, expect, it } from 'vitest';
import type { GateItemDto, VerdictDto } from '@/lib/assurance/checklist/contract';
import { junitOf, sarifOf, tableLines } from './release-formats';

const item = (changes: Partial<GateItemDto>): GateItemDto => ({
  objectiveKey: 'tls-valid',
  title: 'TLS certificates are valid',
  severity: 'critical',
  state: 'pass',
  isBlocking: false,
  reason: '2 hosts have valid certificates.',
  remediation: 'Renew it.',
  problems: [],
  checkRunIds: [],
  ...changes,
});

const failing = item({
  objectiveKey: 'keys',
  title: 'Keys <are> "rotated"',
  severity: 'medium',
  state: 'fail',
  isBlocking: true,
  reason: 'a & b\u0007',
  problems: [{ resource: 'billing', outcome: 'fail', detail: '91 days old', href: '/keys/1' }],
});

const verdict: VerdictDto = {
  id: '01930000-0000-7000-8000-000000000001',
  release: 'v1.2',
  imageDigest: null,
  environment: 'production',
  verdict: 'fail',
  decidedAt: '2026-11-22T03:00:00.000Z',
  by: 'ci',
  url: 'https://bulwark.example.org/checklist/releases/1',
  items: [item({}), failing],
  override: null,
};

describe('the formats of a verdict', () => {
  it('are JUnit XML that parses, with a failure for what blocks alone', () => {
    const text = junitOf(verdict);
    expect(text).toContain('tests="2" failures="1"');
    expect(text.match(/<failure /g)).toHaveLength(1);
    expect(text).toContain('Keys &#60;are&#62; &#34;rotated&#34;');
    expect(text).toContain('message="a &#38; b\uFFFD"');
    expect(text).not.toContain('\u0007');
  });

  it('are SARIF with a result for what blocks', () => {
    const log = JSON.parse(sarifOf({ ...verdict, definitionFile: 'security/checklist.yaml' }));
    expect(log).toMatchObject({
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'bulwark release-gate' } } }],
    });
    expect(log.runs[0].results).toMatchObject([{ ruleId: 'keys', level: 'warning' }]);
    expect(log.runs[0].results[0].message.text).toContain('billing: 91 days old');
  });

  it('are a table that begins with what blocks and ends with the link', () => {
    const lines = tableLines(verdict);
    expect(lines[1]).toMatch(/^FAIL +medium/);
    expect(lines).toContain('  fail: billing: 91 days old');
    expect(lines.slice(-2)).toEqual([
      'Release v1.2 (production): failed. Blocking objectives: 1 of 2.',
      verdict.url,
    ]);
    const by = { userId: '01930000-0000-7000-8000-000000000002', name: 'Ada' };
    const overridden = tableLines({
      ...verdict,
      override: { by, at: verdict.decidedAt, reason: 'The ticket SEC-1 says why.' },
    });
    expect(overridden.join('\n')).toContain('Overridden by Ada');
  });
});
