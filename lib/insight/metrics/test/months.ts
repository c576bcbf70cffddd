import type postgres from 'postgres';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { DAY_MS, iso, random } from './history';

const next = random(11);
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
export const ago = (days: number) => iso(Date.now() - days * DAY_MS);

/** Keys, exploited findings and the rows of small tables, over months that pass. */
export class Months {
  private keys: string[] = [];

  constructor(private readonly admin: postgres.Sql) {}

  private async addKey(activatedDaysAgo: number): Promise<void> {
    const id = newId();
    const createdAt = ago(activatedDaysAgo + pick([0, 100, 200]));
    await this.admin`insert into api_key (tenant_id, id, name, environment, scopes, created_at)
      values (${DEFAULT_TENANT_ID}, ${id}, ${`key ${id.slice(-4)}`}, 'live', '{}', ${createdAt})`;
    await this.addVersion(id, 1, ago(activatedDaysAgo));
    this.keys.push(id);
  }

  private async addVersion(keyId: string, number: number, activatedAt: string): Promise<void> {
    await this.admin`update api_key_version set state = 'retired', ended_at = ${activatedAt}
      where key_id = ${keyId} and state = 'current'`;
    await this
      .admin`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state, activated_at)
      values (${DEFAULT_TENANT_ID}, ${newId()}, ${keyId}, ${number}, ${newId()}, 'd', 'p', 'abcd', 'current', ${activatedAt})`;
  }

  private async use(keyId: string): Promise<void> {
    await this.admin`insert into key_usage (tenant_id, key_id, version_id, hour, last_used_at)
      values (${DEFAULT_TENANT_ID}, ${keyId}, ${newId()}, date_trunc('hour', now()), now())`;
  }

  private async addAnomaly(number: number): Promise<void> {
    const days = 1 + next() * 240;
    const state = pick(['open', 'true_positive', 'false_positive', 'expected']);
    const [judgedAt, judgedBy] = state === 'open' ? [null, null] : [ago(days * next()), 'ada'];
    await this
      .admin`insert into anomaly (tenant_id, id, rule, subject, label, dedupe_key, severity, sentence, facts, first_at,
        last_at, raised_at, mute_id, state, triaged_at, triaged_by)
      values (${DEFAULT_TENANT_ID}, ${newId()}, 'volume', 'a', 'a', ${`d ${number}`}, 'low', 'Much', '{"observed":"","usual":"","q":""}',
        ${ago(days)}, ${ago(days)}, ${ago(days)}, ${next() < 0.3 ? newId() : null}, ${state}, ${judgedAt}, ${judgedBy})`;
  }

  private async addObjectiveState(): Promise<void> {
    const objective = pick(['secrets', 'scans', 'tls', 'firewall', 'rotation']);
    const state = pick(['pass', 'warn', 'fail', 'stale', 'not_applicable']);
    await this.admin`insert into objective_state (tenant_id, id, objective_key, state, reason, at)
      values (${DEFAULT_TENANT_ID}, ${newId()}, ${objective}, ${state}, 'So.', ${ago(1 + next() * 240)})`;
  }

  private async addDelivery(channelId: string): Promise<void> {
    const at = ago(1 + next() * 240);
    await this
      .admin`insert into notification_delivery (tenant_id, id, channel_id, kind, severity, state, created_at, finished_at)
      values (${DEFAULT_TENANT_ID}, ${newId()}, ${channelId}, 'test', 'info', ${pick(['succeeded', 'failed'])}, ${at}, ${at})`;
  }

  /** What there is in the first month, the small tables over the eight before. */
  async begin(): Promise<void> {
    const { admin } = this;
    await admin`update finding set is_kev = true, due_at = opened_at + interval '200 days'
      where id in (select id from finding order by id limit 25)`;
    for (const days of [1, 20, 50, 80, 85, 100, 140, 200]) await this.addKey(days);
    for (const key of this.keys.slice(0, 3)) await this.use(key);
    await admin`insert into anomaly_rule (tenant_id, key, is_enabled, parameters, first_enabled_at)
      values (${DEFAULT_TENANT_ID}, 'volume', true, '{}', ${ago(250)})`;
    const channelId = newId();
    await admin`insert into notification_channel (tenant_id, id, kind, name) values (${DEFAULT_TENANT_ID}, ${channelId}, 'email', 'ops')`;
    for (let i = 0; i < 40; i++) {
      await this.addAnomaly(i);
      await this.addObjectiveState();
      await this.addDelivery(channelId);
    }
  }

  /** As if the month were over and another one had begun: what a snapshot kept stays, and everything is a month older. */
  async pass(): Promise<void> {
    const { admin } = this;
    // In two steps, since no row may take the place of one that has yet to move.
    for (const months of ['-1201 months', '1200 months']) {
      await admin`update metric_value set month = month + ${months}::interval where metric in ('keys', 'exploited')`;
      await admin`update metric_snapshot_row set since = since + ${months}::interval, until = until + ${months}::interval`;
    }
    await admin`update metric_value set computed_at = computed_at - interval '30 days' where metric in ('keys', 'exploited')`;
    await admin`update metric_snapshot_row set at = at - interval '30 days'`;
    await admin`update api_key_version set activated_at = activated_at - interval '30 days'`;
    await admin`update api_key set created_at = created_at - interval '30 days'`;
    await admin`update key_usage set last_used_at = last_used_at - interval '30 days'`;
    await admin`update finding set opened_at = opened_at - interval '30 days', due_at = due_at - interval '30 days'`;
    await this.live();
  }

  /** Keys are rotated, used, revoked, turned off and made, findings fixed and discovered to be exploited. */
  private async live(): Promise<void> {
    const { admin, keys } = this;
    await this.addVersion(pick(keys), 2 + Math.floor(next() * 1e6), ago(next() * 5));
    await this.use(pick(keys));
    await admin`update api_key set revoked_at = now() where id = ${pick(keys)}`;
    await admin`update api_key set disabled_at = now() where id = ${pick(keys)}`;
    await this.addKey(next() * 10);
    await admin`update finding set is_kev = not is_kev
      where id in (select id from finding order by md5(id::text || ${next()}::text) limit 4)`;
    await admin`update finding set detection = 'absent'
      where id in (select id from finding where is_kev order by md5(id::text || ${next()}::text) limit 2)`;
  }
}
