import type { FindingDetailDto, FindingDto } from '@/lib/assurance/findings/contract';

export function testFinding(more: Partial<FindingDto> = {}): FindingDto {
  return {
    id: '01930000-0000-7000-8000-00000000000a',
    asset: { id: '01930000-0000-7000-8000-00000000000b', name: 'web' },
    tool: 'trivy',
    kind: 'vulnerability',
    ruleId: 'CVE-2021-44228',
    aliases: [],
    severity: 'critical',
    title: 'Remote code execution in log4j',
    package: 'log4j-core',
    path: 'pom.xml',
    installedVersion: '2.14.0',
    fixedVersion: '2.17.1',
    line: null,
    isKev: true,
    status: 'open',
    detection: 'present',
    isUnverified: false,
    decision: {
      value: 'none',
      until: null,
      reason: null,
      justification: null,
      source: null,
      by: null,
      at: null,
    },
    owner: null,
    firstSeenAt: '2026-11-01T00:00:00Z',
    lastSeenAt: '2026-11-20T00:00:00Z',
    openedAt: '2026-11-01T00:00:00Z',
    dueAt: '2026-11-08T00:00:00Z',
    isOverdue: true,
    fixedAt: null,
    episode: 1,
    version: 3,
    ...more,
  };
}

export function testDetail(more: Partial<FindingDetailDto> = {}): FindingDetailDto {
  return {
    finding: testFinding(),
    description: null,
    cvssScore: null,
    cvssVector: null,
    cwes: [],
    references: [],
    purl: null,
    isUnrated: false,
    isWeak: false,
    sightings: [],
    events: [],
    acceptances: [],
    related: [],
    ...more,
  };
}
