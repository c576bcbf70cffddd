import type { RunDto, ScannerDto, TargetDto } from '@/lib/assurance/scanners/contract';

/** For tests only. */
export function testRun(more: Partial<RunDto> = {}): RunDto {
  return {
    id: '01930000-0000-7000-8000-0000000000d1',
    targetId: '01930000-0000-7000-8000-0000000000d0',
    status: 'imported',
    sentence: 'secretlint ended, and its report was handed over.',
    isScheduled: false,
    requestedBy: 'Ada',
    createdAt: '2026-11-21T12:00:00.000Z',
    startedAt: '2026-11-21T12:00:01.000Z',
    finishedAt: '2026-11-21T12:00:02.000Z',
    isCancelling: false,
    toolVersion: '13.0.2',
    exitCode: 1,
    scan: { id: '01930000-0000-7000-8000-0000000000aa', status: 'done', found: 3 },
    ...more,
  };
}

/** For tests only. */
export function testTarget(more: Partial<TargetDto> = {}): TargetDto {
  return {
    id: '01930000-0000-7000-8000-0000000000d0',
    asset: 'web',
    scanner: 'secretlint',
    kind: 'git',
    location: 'https://git.example.org/team/web.git',
    branch: 'main',
    every: 'day',
    runAt: '03:00',
    weekday: 1,
    isEnabled: true,
    nextAt: '2026-11-22T03:00:00.000Z',
    timeZone: 'UTC',
    lastRun: null,
    createdBy: 'user:01930000-0000-7000-8000-0000000000cc',
    createdAt: '2026-11-20T12:00:00.000Z',
    version: 4,
    ...more,
  };
}

/** For tests only. */
export function testScanner(more: Partial<ScannerDto> = {}): ScannerDto {
  return {
    key: 'secretlint',
    name: 'secretlint',
    finds: 'secrets in files',
    kinds: ['git', 'path'],
    state: 'installed',
    version: '13.0.2',
    problem: null,
    install: 'npm install',
    checkedAt: '2026-11-21T12:00:00.000Z',
    ...more,
  };
}
