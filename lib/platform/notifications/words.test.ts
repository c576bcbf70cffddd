import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loggable } from '@/lib/platform/notifications/deliver/message';
import { NOTIFICATION_TYPE_NAMES, type NotificationType, SUBJECT_TYPES } from './notice-contract';
import { wordsOf } from './words';

const DATA: Record<NotificationType, Record<string, unknown>> = {
  'key.expiring': { expiresAt: '2026-11-29T12:00:00Z', daysLeft: 7 },
  'key.expired': { expiredAt: '2026-11-29T12:00:00Z' },
  'key.rotated': { rotatedAt: '2026-11-29T12:00:00Z', graceUntil: '2026-11-30T12:00:00Z', isAutomatic: true },
  'key.rotation_due': { dueAt: '2026-11-29T12:00:00Z', delivery: 'pull' },
  'key.pending_unused': { pendingSince: '2026-11-20T12:00:00Z', daysPending: 9, expiresAt: null },
  'key.retired_used': { at: '2026-11-29T12:00:00Z', ip: '192.0.2.1', userAgent: 'curl/8', attempts: 3 },
  'limits.exceeded': {
    from: '2026-11-29T11:50:00Z',
    to: '2026-11-29T12:00:00Z',
    refused: 1,
    callers: 1,
    topCaller: null,
  },
  'gate.degraded': { since: '2026-11-29T12:00:00Z', reason: 'The gate is not responding.', failures: 2 },
  'auth.new_device': { at: '2026-11-29T12:00:00Z', device: 'Firefox on Linux', ip: null, isNewDevice: true },
  'member.changed': { change: 'role_changed', by: 'Ada', role: 'auditor', roleBefore: 'analyst' },
  'anomaly.raised': {
    rule: 'Many rejected credentials',
    severity: 'high',
    sentence: '37 rejected credentials in an hour from 203.0.113.0/24; usual: none.',
    at: '2026-11-29T12:00:00Z',
  },
  'detection.raised': {
    rule: 'Terminal shell in container',
    scope: 'web-1',
    severity: 'critical',
    isReturn: false,
    hosts: ['node-1', 'node-2'],
    at: '2026-11-29T12:00:00Z',
  },
  'detection.lost': {
    from: '2026-11-29T11:50:00Z',
    to: '2026-11-29T12:00:00Z',
    deliveries: 3,
    reason: 'The disk is full',
  },
  'finding.urgent': { branch: 'main', critical: 2, exploited: 1, examples: ['CVE-2026-1 in lodash'] },
  'finding.exploited': { findings: 2, examples: ['CVE-2026-1 in lodash'] },
  'scan.held': { branch: 'main', held: 12, reason: 'It found nothing at all.' },
  'scan.failed': { branch: 'main', reason: 'It is no report.' },
  'objective.failing': {
    state: 'stale',
    before: 'pass',
    severity: 'high',
    reason: 'Its last run is too old.',
  },
  'report.weekly': {
    version: 1,
    tenant: 'Acme',
    timeZone: 'UTC',
    from: '2026-11-16',
    to: '2026-11-22',
    isLate: false,
    headline: '2 findings are overdue',
    tone: 'danger',
    sections: [],
  },
  'secret.due': { dueAt: '2026-11-29T12:00:00Z', daysLeft: 7, backend: 'OpenBao' },
  'secret.overdue': { dueAt: '2026-11-29T12:00:00Z', daysOver: 10, backend: 'OpenBao' },
  'secret.exposed': { found: 2, examples: ['POSTGRES_PASSWORD', 'DATABASE_URL'] },
  'secret.backend_problem': { code: 'sealed', sentence: 'It is sealed.', since: '2026-11-29T12:00:00Z' },
  'channel.disabled': { failingSince: '2026-11-29T12:00:00Z', failures: 5, reason: 'It answered 404.' },
};

describe('the words of a notice', () => {
  it.each(NOTIFICATION_TYPE_NAMES)(
    'of %s say what happened, and stay on one line whatever the label',
    (type) => {
      fc.assert(
        fc.property(
          fc.string({ unit: 'binary' }),
          fc.constantFrom(...SUBJECT_TYPES),
          (subjectLabel, subjectType) => {
            const { title, body, action } = wordsOf(
              { type, subjectType, subjectId: 'id', subjectLabel, data: DATA[type] },
              'Europe/Amsterdam',
            );
            expect(title).not.toMatch(/[\p{Cc}\u2028\u202E]|undefined|NaN|Invalid/u);
            expect(body).not.toMatch(/[\p{Cc}\u2028]|undefined|NaN/u);
            expect(title.length).toBeGreaterThan(5);
            expect(action.path).toMatch(/^\//);
          },
        ),
        { numRuns: 30 },
      );
    },
  );

  it('tell times in the zone of the tenant', () => {
    const told = {
      type: 'key.expiring',
      subjectType: 'key',
      subjectId: 'k',
      subjectLabel: 'ci',
      data: DATA['key.expiring'] ?? {},
    };
    expect(wordsOf(told, 'UTC').body).toContain('29 Nov 2026, 12:00 UTC');
    expect(wordsOf(told, 'Asia/Tokyo').body).toContain('29 Nov 2026, 21:00');
  });

  it('of a type from a newer Bulwark are at least its name', () => {
    const told = {
      type: 'wallet.leaked',
      subjectType: 'wallet',
      subjectId: null,
      subjectLabel: 'db',
      data: {},
    };
    expect(wordsOf(told, 'UTC')).toMatchObject({ title: 'wallet.leaked: db', action: { path: '/overview' } });
  });
});

it('keeps at most 4 KiB of a text, well-formed, without the given secrets', () => {
  expect(loggable('before tok en after tok', ['tok'])).toBe('before [hidden] en after [hidden]');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 9000 }), (text) => {
      const kept = loggable(text);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(4096);
      expect(kept.isWellFormed() && !kept.includes('\u0000')).toBe(true);
    }),
    { numRuns: 30 },
  );
  expect(loggable('ü'.repeat(4000))).toMatch(/^ü+ …$/);
});
