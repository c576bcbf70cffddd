import { createHash, randomBytes } from 'node:crypto';
import type { Scene } from '@/db/test/scene';
import { checklistDefinition } from '@/lib/assurance/checklist/definition-file';
import { random } from '@/lib/insight/metrics/test/history';
import { newId } from '@/lib/platform/core/ids';
import { DEAD_LETTER_QUEUE, JOB_NAMES } from '@/lib/platform/jobs/contract';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Names as only the unkind choose them: each must come through a link unharmed. */
const ASSETS = ['web', 'my "quoted" app', 'pay:ments', '-minus', 'back\\slash', 'kev:true', 'größe & 数'];
const PACKAGES = ['lodash', '@scope/name', 'a b', '"x"', 'openssl:3', null];
const RULES = ['CVE-2026-1', 'CVE-2026-2', 'rule with space', 'sla:overdue', 'r"\\'];
const TOOLS = ['trivy', 'sarif', 'gitleaks'];
const LABELS = ['eve', 'Eve', 'key:none', 'a "b"', 'x'.repeat(190)];
const PLACES = ['orders', '/api/v1/keys', '/a b?c=d', '/%2e'];
const LIMITS = ['login', 'login/1m', 'log/1m', 'gate/10s', 'gate'];
const CODES = ['NOT_FOUND', 'REVOKED', 'EXPIRED', 'RATE_LIMITED', 'NO_CREDENTIAL', 'SCOPE_MISSING', null];
const IPS = ['192.0.2.1', '192.0.2.77', '198.51.100.9', '2001:db8::1', '2001:db8:0:0:ffff::2', null];

type Row = Record<string, unknown>;

/** A checklist long enough for every state, each objective asked in several ways. */
export const CHECKLIST = `version: 1
objectives:
${Array.from(
  { length: 40 },
  (_, i) => `  - key: o${i}
    title: Objective ${i}
    why: It is one.
    stage: ${i % 2 ? 'ongoing' : 'pre_deploy'}
    severity: ${['medium', 'high', 'critical', 'low'][i % 4]}
    checks:
${['a', 'b']
  .map(
    (name) => `      - key: o${i}-${name}
        title: Check ${name} of ${i}
        kind: import
        cadence: 30d
        remediation: Mend it.
        scope: { resources: [web, gate] }
`,
  )
  .join('')}`,
).join('')}`;

/** What is used "in the last hour" would leave it between a count and the reading of its rows. */
function awayFromAnHourAgo(ms: number): number {
  const ageMs = Date.now() - ms;
  if (Math.abs(ageMs - HOUR_MS) > HOUR_MS / 4) return ms;
  return Date.now() - (ageMs < HOUR_MS ? HOUR_MS / 2 : HOUR_MS * 1.5);
}

/**
 * A tenant in which everything is there in every state, most of it in few of them. The same seed makes the same tenant, but for ids;
 * times are relative to now.
 */
export class SkewedTenant {
  private readonly next: () => number;
  readonly keyIds: string[] = [];
  private readonly versionIds: string[] = [];
  private readonly findingIds: string[] = [];
  private people: string[] = [];

  constructor(
    private readonly admin: Scene['admin'],
    private readonly tenantId: string,
    seed: number,
  ) {
    this.next = random(seed);
  }

  private int = (max: number) => Math.floor(this.next() * max);
  private chance = (share: number) => this.next() < share;
  /** The first values far more often than the last. */
  private skewed = <T>(values: readonly T[]): T =>
    values[Math.floor(this.next() ** 2.5 * values.length)] as T;
  private ago = (spanMs: number) => new Date(Date.now() - Math.floor(this.next() ** 2 * spanMs) - 1_000);
  private ahead = (days: number) => new Date(Date.now() + Math.floor(this.next() * days * DAY_MS) + HOUR_MS);

  /** @param people ids of users who own things */
  async fill(people: readonly string[]): Promise<void> {
    this.people = [...people];
    for (let i = 0; i < 160; i++) await this.addKey(i);
    await this.addFindings(400);
    await this.addScans(200);
    await this.addEvents(1_800);
    await this.addAnomalies(90);
    await this.addDetections(60);
    await this.addNotices(140);
    await this.addChecklist();
    await this.addFailedJobs(130);
  }

  private async insert(table: string, rows: readonly Row[]): Promise<void> {
    for (let from = 0; from < rows.length; from += 500) {
      const some = rows.slice(from, from + 500).map((row) => ({ tenant_id: this.tenantId, ...row }));
      await this.admin`insert into ${this.admin(table)} ${this.admin(some)}`;
    }
  }

  private async addKey(number: number): Promise<void> {
    const id = newId();
    const expires = this.skewed([
      this.ahead(300),
      null,
      this.ahead(29),
      this.ahead(13),
      this.ahead(6),
      this.ago(20 * HOUR_MS),
      this.ago(50 * DAY_MS),
    ]);
    await this.insert('api_key', [
      {
        id,
        name: `${this.skewed(LABELS)} ${number}`,
        environment: this.skewed(['live', 'test']),
        scopes: ['keys:read'],
        owner_user_id: this.skewed([...this.people, null]),
        expires_at: expires,
        disabled_at: this.chance(0.06) ? this.ago(DAY_MS) : null,
        revoked_at: this.chance(0.12) ? this.ago(DAY_MS) : null,
        created_at: this.ago(400 * DAY_MS),
      },
    ]);
    this.keyIds.push(id);
    // A key that was left without any version works as little as one that was revoked.
    const states = this.skewed([
      ['current'],
      ['grace', 'current'],
      ['current', 'pending'],
      ['grace', 'current', 'pending'],
      ['retired'],
      [],
    ]);
    for (const [index, state] of states.entries()) await this.addVersion(id, index + 1, state);
  }

  private async addVersion(keyId: string, number: number, state: string): Promise<void> {
    const id = newId();
    const createdAt = this.ago(120 * DAY_MS);
    await this.insert('api_key_version', [
      {
        id,
        key_id: keyId,
        number,
        public_id: id,
        digest: 'd',
        pepper_id: 'p1',
        last4: 'abcd',
        state,
        created_at: createdAt,
        activated_at: state === 'pending' ? null : createdAt,
        grace_until: state === 'grace' ? (this.chance(0.8) ? this.ahead(3) : this.ago(DAY_MS)) : null,
      },
    ]);
    this.versionIds.push(id);
    const hours = new Set(Array.from({ length: this.int(5) }, () => this.int(30)));
    for (const hour of hours) {
      const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - hour * HOUR_MS;
      const usedMs = awayFromAnHourAgo(Math.min(startMs + this.int(HOUR_MS), Date.now() - 1_000));
      await this.insert('key_usage', [
        {
          key_id: keyId,
          version_id: id,
          hour: new Date(startMs),
          allowed: this.int(40),
          refused: this.chance(0.3) ? this.int(200) : 0,
          last_used_at: new Date(usedMs),
        },
      ]);
    }
  }

  private async addFindings(count: number): Promise<void> {
    const assets = ASSETS.map((name) => ({ id: newId(), name }));
    await this.insert('asset', assets);
    const rows = Array.from({ length: count }, () => {
      const id = newId();
      this.findingIds.push(id);
      const severity = this.skewed(['medium', 'low', 'high', 'info', 'critical']);
      const openedAt = this.ago(200 * DAY_MS);
      const isAbsent = this.chance(0.2);
      const decision = this.skewed(['none', 'none', 'none', 'accepted', 'false_positive']);
      return {
        id,
        asset_id: this.skewed(assets).id,
        tool: this.skewed(TOOLS),
        kind: this.skewed(['vulnerability', 'code', 'secret']),
        key: id,
        member: 0,
        key_version: 1,
        rule_id: this.skewed(RULES),
        aliases: [],
        severity,
        title: `A flaw ${this.int(40)}`,
        package: this.skewed(PACKAGES),
        details: {},
        is_kev: this.chance(0.05),
        detection: isAbsent ? 'absent' : 'present',
        decision,
        decision_until: decision === 'accepted' ? this.ahead(30) : null,
        owner_user_id: this.skewed([null, ...this.people]),
        first_seen_at: openedAt,
        opened_at: openedAt,
        due_at: this.skewed([this.ahead(90), this.ago(60 * DAY_MS), this.ahead(20), this.ahead(6), null]),
        fixed_at: isAbsent ? this.ago(30 * DAY_MS) : null,
      };
    });
    await this.insert('finding', rows);
    await this.addSightings(assets.map(({ id }) => id));
    await this.insert(
      'acceptance',
      this.findingIds.slice(0, 120).map((id) => ({
        id: newId(),
        finding_id: id,
        state: this.skewed(['requested', 'refused', 'ended']),
        reason: 'Nobody reaches it from outside.',
        until: this.ahead(30),
        requested_by: newId(),
        requested_label: 'ada',
        requested_at: this.ago(DAY_MS),
      })),
    );
  }

  private async addSightings(assetIds: readonly string[]): Promise<void> {
    const streams = ['main', 'release/1.0'].flatMap((branch) =>
      assetIds.map((assetId) => ({ id: newId(), asset_id: assetId, tool: 'trivy', category: '', branch })),
    );
    await this.insert('scan_stream', streams);
    const found = await this.admin<{ id: string; asset_id: string }[]>`
      select id, asset_id from finding where tenant_id = ${this.tenantId}`;
    const rows = found.flatMap(({ id, asset_id }) =>
      streams
        .filter((stream) => stream.asset_id === asset_id && this.chance(stream.branch === 'main' ? 0.8 : 0.2))
        .map((stream) => ({
          stream_id: stream.id,
          finding_id: id,
          digest: 'd',
          occurrences: [],
          first_seen_at: this.ago(DAY_MS),
          gone_at: this.chance(0.1) ? this.ago(DAY_MS) : null,
        })),
    );
    await this.insert('sighting', rows);
  }

  private async addScans(count: number): Promise<void> {
    const assets = await this.admin<{ id: string }[]>`
      select id from asset where tenant_id = ${this.tenantId} order by name`;
    const rows = Array.from({ length: count }, () => {
      const createdAt = this.ago(60 * DAY_MS);
      const status = this.skewed(['done', 'held', 'failed', 'confirmed', 'rejected', 'queued', 'running']);
      const isOver = !['queued', 'running'].includes(status);
      return {
        id: newId(),
        asset_id: this.skewed(assets).id,
        tool: this.skewed([...TOOLS, null]),
        category: this.skewed(['', 'api', 'ui', 'cron']),
        branch: this.skewed(['main', 'release/1.0', 'dev']),
        is_complete: this.chance(0.6),
        status,
        file_bytes: 10,
        file_sha256: 'f',
        uploaded_by: 'cli:test',
        created_at: createdAt,
        finished_at: isOver ? createdAt : null,
      };
    });
    // One asset that nobody has scanned for long.
    const old = { ...rows[0], asset_id: assets.at(-1)?.id, is_complete: true, status: 'done' };
    const longAgo = new Date(Date.now() - 40 * DAY_MS);
    const others = rows.filter(({ asset_id }) => asset_id !== assets.at(-1)?.id);
    await this.insert('scan', [
      ...others.slice(1),
      { ...old, id: newId(), created_at: longAgo, finished_at: longAgo },
    ]);
  }

  /** What the log holds of one event. */
  private event(): Row {
    const kind = this.skewed([
      { action: 'gate.authorize', category: 'decision', outcome: 'success' },
      { action: 'gate.verify', category: 'decision', outcome: 'denied' },
      { action: 'gate.authorize', category: 'decision', outcome: 'denied' },
      { action: 'api.request', category: 'access', outcome: 'success' },
      { action: 'api.request', category: 'access', outcome: 'denied' },
      { action: 'auth.sign_in', category: 'auth', outcome: 'success' },
      { action: 'auth.sign_in_failed', category: 'auth', outcome: 'failure' },
      { action: 'gate.self_test', category: 'system', outcome: 'success' },
      { action: 'auth.sign_in_denied', category: 'auth', outcome: 'denied' },
      { action: 'auth.refused', category: 'auth', outcome: 'denied' },
      { action: 'gate.verify', category: 'decision', outcome: 'failure' },
      { action: 'key.created', category: 'change', outcome: 'success' },
      { action: 'member.invited', category: 'change', outcome: 'denied' },
      { action: 'finding.decided', category: 'change', outcome: 'success' },
    ]);
    const code = kind.outcome === 'success' ? this.skewed(['VALID', null]) : this.skewed(CODES);
    const isKey = this.chance(0.6);
    const keyId = isKey ? this.skewed(this.keyIds) : null;
    return {
      id: newId(),
      at: this.chance(0.5) ? this.ago(HOUR_MS) : this.ago(20 * DAY_MS),
      ...kind,
      code: kind.outcome === 'failure' && kind.category === 'decision' ? 'UNAVAILABLE' : code,
      actor_type: isKey ? 'key' : 'anonymous',
      actor_id: keyId,
      actor_label: this.skewed(LABELS),
      key_id: keyId,
      key_version_id: isKey ? this.skewed(this.versionIds) : null,
      ip: this.skewed(IPS),
      method: this.skewed(['GET', 'POST']),
      path: this.skewed(PLACES),
      target_type: this.chance(0.3) ? 'route' : null,
      target_id: this.skewed(PLACES),
      request_id: newId(),
      details: {
        ...(code === 'RATE_LIMITED' ? { limit: this.skewed(LIMITS) } : {}),
        ...(this.chance(0.05) ? { shadowed: [this.skewed(LIMITS), this.skewed(LIMITS)] } : {}),
      },
    };
  }

  async addEvents(count: number, more: Row = {}): Promise<void> {
    const rows = Array.from({ length: count }, () => {
      const event = { ...this.event(), ...more };
      return { ...event, recorded_at: event.at };
    });
    await this.insert('audit_event', rows);
  }

  private async addAnomalies(count: number): Promise<void> {
    const muteId = newId();
    const rows = Array.from({ length: count }, (_, i) => {
      const at = this.ago(20 * DAY_MS);
      const state = this.skewed(['open', 'expected', 'true_positive', 'false_positive']);
      return {
        id: newId(),
        rule: this.skewed(['volume', 'brute_force', 'new_value']),
        subject: `user:${i}`,
        label: this.skewed(LABELS),
        dedupe_key: `a${i}`,
        severity: this.skewed(['medium', 'low', 'high', 'critical']),
        sentence: 'Something unusual.',
        facts: { observed: 'o', usual: 'u', q: '' },
        first_at: at,
        last_at: at,
        raised_at: at,
        mute_id: this.chance(0.2) ? muteId : null,
        state,
        triaged_at: state === 'open' ? null : at,
        triaged_by: state === 'open' ? null : 'ada',
      };
    });
    await this.insert('anomaly', rows);
    const firstEnabledAt = this.ago(20 * DAY_MS);
    await this.insert('anomaly_rule', [
      { key: 'volume', is_enabled: true, parameters: {}, first_enabled_at: firstEnabledAt },
    ]);
  }

  private async addDetections(count: number): Promise<void> {
    const severities = ['info', 'medium', 'high', 'critical', 'low'] as const;
    const ranks = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };
    const rows = Array.from({ length: count }, (_, i) => {
      const at = this.ago(this.skewed([HOUR_MS, 20 * DAY_MS, 200 * DAY_MS, 500 * DAY_MS]));
      const severity = this.skewed(severities);
      return {
        ...{ id: newId(), key: randomBytes(32), kind: 'falco', rule: this.skewed(LABELS), source: 'syscall' },
        ...{ scope_kind: 'host', scope: `host-${i}`, priority: 'Notice', maturity: 'stable', output: 'seen' },
        ...{ severity, severity_rank: ranks[severity], severity_steps: [] },
        state: this.skewed(['open', 'acknowledged', 'closed', 'expected']),
        ...{ episode_started_at: at, first_at: at, last_at: at, first_received_at: at, last_received_at: at },
      };
    });
    await this.insert('detection_group', rows);
  }

  private async addNotices(count: number): Promise<void> {
    const channels = ['team', 'on call', 'a:"b"', 'hook'].map((name, i) => ({
      id: newId(),
      kind: 'webhook',
      name,
      failing_since: i > 1 ? this.ago(DAY_MS) : null,
      disabled_at: i === 3 ? this.ago(HOUR_MS) : null,
    }));
    await this.insert('notification_channel', channels);
    await this.insert(
      'notification_delivery',
      Array.from({ length: count * 2 }, () => ({
        id: newId(),
        channel_id: this.skewed(channels).id,
        kind: 'event',
        severity: 'info',
        type: 'key.expiring',
        state: this.skewed(['succeeded', 'failed', 'pending']),
        last_error: 'The server answers 500.',
        created_at: this.ago(14 * DAY_MS),
      })),
    );
    const notices = Array.from({ length: count }, (_, i) => ({
      id: newId(),
      type: 'key.expired',
      severity: 'warning',
      subject_type: 'key',
      subject_id: this.skewed(this.keyIds),
      subject_label: 'a key',
      dedupe_key: `n${i}`,
      data: { expiredAt: new Date().toISOString() },
      created_at: this.ago(14 * DAY_MS),
    }));
    await this.insert('notification', notices);
    await this.insert(
      'notification_inbox',
      this.people.flatMap((user_id) =>
        notices.map(({ id, created_at }) => ({
          user_id,
          notification_id: id,
          created_at,
          read_at: this.chance(0.4) ? new Date() : null,
        })),
      ),
    );
  }

  private async addChecklist(): Promise<void> {
    for (const { key: objectiveKey, checks } of checklistDefinition().current.objectives) {
      for (const { key, version, digest } of checks) {
        if (this.chance(0.2)) continue;
        const outcome = this.skewed(['pass', 'fail', 'error', 'warn', 'not_applicable']);
        const observations = ['gate', 'web'].map((resource) => ({
          resource,
          outcome: this.skewed(['pass', 'fail']),
          message: 'm',
        }));
        const body = JSON.stringify({ observations });
        const evidenceId = newId();
        const at = this.ago(2 * HOUR_MS);
        await this.insert('check_evidence', [
          {
            id: evidenceId,
            check_key: key,
            source: 'run',
            collector: 'test',
            collected_at: at,
            effective_from: at,
            effective_until: this.ahead(30),
            sha256: createHash('sha256').update(body).digest('hex'),
            body,
          },
        ]);
        await this.insert('check_run', [
          {
            id: newId(),
            objective_key: objectiveKey,
            check_key: key,
            check_version: version,
            check_digest: digest,
            source: 'run',
            outcome,
            summary: 's',
            started_at: at,
            finished_at: at,
            scope_expected: 1,
            scope_covered: 1,
            failing_total: outcome === 'fail' ? 1 : 0,
            problems: [],
            problems_total: 0,
            evidence_id: evidenceId,
            side: outcome === 'pass' ? 'pass' : outcome === 'fail' ? 'fail' : 'unknown',
            side_since: at,
            actor_type: 'job',
            actor_label: 'test',
          },
        ]);
        if (this.chance(0.3)) await this.addException(key);
      }
    }
  }

  private async addException(checkKey: string): Promise<void> {
    const isApproved = this.chance(0.4);
    const expiresAt = this.chance(0.8) ? this.ahead(30) : this.ago(DAY_MS);
    await this.insert('check_exception', [
      {
        id: newId(),
        check_key: checkKey,
        reason: 'The ticket SEC-12 says why this is accepted.',
        requested_by: this.people[0],
        requested_at: new Date(Math.min(Date.now(), expiresAt.getTime()) - DAY_MS),
        expires_at: expiresAt,
        approved_by: isApproved ? newId() : null,
        approved_at: isApproved ? this.ago(HOUR_MS) : null,
        revoked_at: this.chance(0.1) ? new Date() : null,
      },
    ]);
  }

  private async addFailedJobs(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.admin`insert into pgboss.job (name, data, source_name, created_on)
        values (${DEAD_LETTER_QUEUE}, ${this.admin.json({ v: 1, tenantId: this.tenantId })}, ${this.skewed(JOB_NAMES)}, ${this.ago(DAY_MS)})`;
    }
  }
}
