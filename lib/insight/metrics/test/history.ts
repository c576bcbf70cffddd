import type postgres from 'postgres';
import { vi } from 'vitest';
import { testJobActor } from '@/db/test/scene';
import { updateMetrics } from '@/lib/insight/metrics/update-metrics';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

export const DAY_MS = 86_400_000;
export const ZONE = 'Europe/Amsterdam';
export const iso = (ms: number) => new Date(ms).toISOString();
export const localMonth = (ms: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit' })
    .format(ms)
    .slice(0, 7);
export const localDay = (ms: number) => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(ms);

export interface Told {
  severity: string;
  openedMs: number;
  fixedMs?: number;
  reopenedMs?: number;
  dismissedMs?: number;
}

export interface Seen {
  ms: number;
  action: string;
  category: string;
  outcome: string;
  code?: string;
  actor?: string;
  ip?: string;
  keyId?: string;
}

/** Deterministic, so that a failure can be looked at. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const denied = { outcome: 'denied', ip: '192.0.2.9' } as const;
const kindsOf = (keys: readonly string[]): Omit<Seen, 'ms'>[] => [
  { action: 'auth.sign_in', category: 'auth', outcome: 'success', actor: 'ada' },
  {
    ...{ action: 'auth.sign_in_failed', category: 'auth', outcome: 'failure', code: 'STATE_MISMATCH' },
    ...{ actor: 'eve', ip: '192.0.2.1' },
  },
  {
    ...denied,
    action: 'auth.sign_in_denied',
    category: 'auth',
    code: 'NO_MEMBERSHIP',
    actor: 'bob',
    ip: '2001:db8::1',
  },
  { ...denied, action: 'auth.refused', category: 'auth', code: 'EXPIRED', ip: '2001:db8::2' },
  { ...denied, action: 'gate.verify', category: 'decision', code: 'REVOKED' },
  { action: 'gate.verify', category: 'decision', outcome: 'success', code: 'VALID' },
  { action: 'gate.authorize', category: 'decision', outcome: 'denied', code: 'NO_CREDENTIAL' },
  { action: 'gate.authorize', category: 'decision', outcome: 'denied', code: 'RATE_LIMITED', keyId: keys[0] },
  { action: 'api.request', category: 'access', outcome: 'denied', code: 'RATE_LIMITED', keyId: keys[1] },
  { action: 'api.request', category: 'access', outcome: 'success' },
];

/** What a tenant went through: findings with the events that an import would write, and the record. */
export class History {
  told: Told[] = [];
  record: Seen[] = [];
  private numbers = new Map<string, number>();

  private constructor(
    private readonly admin: postgres.Sql,
    readonly assetId: string,
  ) {}

  /** Empties what metrics are computed from, and begins anew with one asset. */
  static async begin(admin: postgres.Sql): Promise<History> {
    await admin`truncate metric_count, metric_episode, metric_value, metric_progress, metric_snapshot_row, rollup_watermark,
      audit_event, finding_event, finding, scan, asset, objective_state, notification_delivery, anomaly, anomaly_rule,
      api_key, api_key_version cascade`;
    await admin`update identity.tenant set time_zone = ${ZONE} where id = ${DEFAULT_TENANT_ID}`;
    const assetId = newId();
    await admin`insert into asset (tenant_id, id, name) values (${DEFAULT_TENANT_ID}, ${assetId}, 'web')`;
    return new History(admin, assetId);
  }

  async addEvent(id: string, ms: number, type: string, changes: object): Promise<void> {
    const number = (this.numbers.get(id) ?? 0) + 1;
    this.numbers.set(id, number);
    await this
      .admin`insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_label, changes)
      values (${DEFAULT_TENANT_ID}, ${id}, ${number}, ${iso(ms)}, ${type}, 'job', 'worker', ${this.admin.json(changes as never)})`;
  }

  /** A finding with the events that its story makes, as an import would write them. */
  async tell(story: Told): Promise<string> {
    this.told.push(story);
    const id = newId();
    const { severity, openedMs, fixedMs, reopenedMs, dismissedMs } = story;
    await this
      .admin`insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases,
        severity, title, details, detection, first_seen_at, opened_at)
      values (${DEFAULT_TENANT_ID}, ${id}, ${this.assetId}, 'trivy', 'vulnerability', ${id}, 0, 1, 'CVE-2026-1', '{}', ${severity},
        'A flaw', '{}', 'present', ${iso(openedMs)}, ${iso(openedMs)})`;
    const begin = (ms: number) => ({
      severity,
      detection: 'present',
      decision: 'none',
      openedAt: iso(ms),
      dueAt: iso(ms + 7 * DAY_MS),
      fixedAt: null,
    });
    await this.addEvent(id, openedMs, 'opened', begin(openedMs));
    if (dismissedMs) await this.addEvent(id, dismissedMs, 'decided', { decision: 'false_positive' });
    if (fixedMs) await this.addEvent(id, fixedMs, 'fixed', { detection: 'absent', fixedAt: iso(fixedMs) });
    if (reopenedMs) await this.addEvent(id, reopenedMs, 'reopened', begin(reopenedMs));
    return id;
  }

  async log(...events: Seen[]): Promise<void> {
    this.record.push(...events);
    for (const { ms, action, category, outcome, code, actor, ip, keyId } of events) {
      await this
        .admin`insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_label, ip, key_id, path, request_id, recorded_at)
        values (${DEFAULT_TENANT_ID}, ${iso(ms)}, ${newId()}, ${category}, ${action}, ${outcome}, ${code ?? null}, 'anonymous', ${actor ?? null},
          ${ip ?? null}, ${keyId ?? null}, '/orders', 'r', ${iso(ms)})`;
    }
  }

  async generate(findings: number, events: number): Promise<void> {
    const next = random(7);
    const now = Date.now();
    await this
      .admin`insert into scan (tenant_id, id, asset_id, branch, status, file_bytes, file_sha256, uploaded_by, created_at, finished_at)
      values (${DEFAULT_TENANT_ID}, ${newId()}, ${this.assetId}, 'main', 'done', 1, 'x', 'ci', ${iso(now - 300 * DAY_MS)}, ${iso(now - 300 * DAY_MS)})`;
    for (let i = 0; i < findings; i++) {
      const openedMs = now - (5 + next() * 280) * DAY_MS;
      const until = (from: number) => from + next() * (now - from);
      const fixedMs = next() < 0.6 ? until(openedMs) : undefined;
      const reopenedMs = fixedMs && next() < 0.3 ? until(fixedMs) : undefined;
      const dismissedMs = !fixedMs && next() < 0.3 ? until(openedMs) : undefined;
      const severity = ['critical', 'high', 'medium', 'low'][Math.floor(next() * 4)] ?? 'low';
      await this.tell({ severity, openedMs, fixedMs, reopenedMs, dismissedMs });
    }
    const kinds = kindsOf([newId(), newId()]);
    for (let i = 0; i < events; i++) {
      const kind = kinds[Math.floor(next() * kinds.length)];
      if (kind) await this.log({ ...kind, ms: now - (0.1 + next() * 250) * DAY_MS });
    }
  }
}

/** What began before our rows, in any test's database of the cluster, keeps them from being counted while it lasts. */
export async function untilNothingOlderRuns(admin: postgres.Sql): Promise<void> {
  const [{ xid = '0' } = {}] = await admin`select pg_current_xact_id()::text as xid`;
  const look = async () => {
    const [now] = await admin`select pg_snapshot_xmin(pg_current_snapshot()) > ${xid}::xid8 as "isPast"`;
    if (now?.isPast !== true) throw new Error('Something older is still under way.');
  };
  await vi.waitFor(look, { timeout: 20_000 });
}

/** As often as it takes to catch up: one run goes through 100 days of the record. */
export async function runMetrics(admin: postgres.Sql): Promise<void> {
  await untilNothingOlderRuns(admin);
  for (let i = 0; i < 4; i++) await updateMetrics(testJobActor());
}
