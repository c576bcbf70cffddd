import type { ScanDto } from '@/lib/assurance/findings/contract';

/** For tests only. */
export function testScan(more: Partial<ScanDto> = {}): ScanDto {
  return {
    id: '01930000-0000-7000-8000-0000000000aa',
    asset: { id: '01930000-0000-7000-8000-0000000000bb', name: 'web' },
    tool: 'trivy',
    toolName: 'Trivy',
    toolVersion: '0.68.1',
    category: '',
    branch: 'main',
    isComplete: true,
    images: [],
    status: 'done',
    reasons: [],
    fileName: 'trivy.json',
    fileBytes: 2_048,
    uploadedBy: 'user:01930000-0000-7000-8000-0000000000cc',
    uploadedByName: 'Ada',
    createdAt: '2026-11-21T12:00:00.000Z',
    startedAt: '2026-11-21T12:00:01.000Z',
    finishedAt: '2026-11-21T12:00:02.000Z',
    progress: 12,
    counts: { found: 12, new: 2, reopened: 0, changed: 1, unchanged: 9, fixed: 3, held: 0 },
    severities: { critical: 1, high: 2, medium: 3, low: 4, info: 2 },
    ...more,
  };
}
