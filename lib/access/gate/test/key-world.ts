import { randomUUID } from 'node:crypto';
import { openPool, type Pool } from '@/db/connect';
import type { VersionState } from '@/lib/access/api-keys/contract';
import { digestKey, generateKey } from '@/lib/platform/auth/credential/key-format';
import { generateSourceToken } from '@/lib/platform/auth/credential/source-token';
import { newId } from '@/lib/platform/core/ids';

export const TEST_PEPPER = { id: 'p1', value: 'a pepper that only tests and benchmarks know' };

export interface WorldKey {
  tenantId: string;
  keyId: string;
  name: string;
  versions: WorldVersion[];
  /** The secret of the first version. */
  secret: string;
}

export interface WorldVersion {
  id: string;
  number: number;
  publicId: string;
  secret: string;
}

export interface NewWorldKey {
  tenantId: string;
  name?: string;
  scopes?: string[];
  allowedCidrs?: string[];
  /** From the database's now; null means never. */
  expiresInMs?: number | null;
  isDisabled?: boolean;
  state?: VersionState;
}

/** Sets scenes by SQL as the superuser: keys in any state, without the verbs that would lead there. */
export class KeyWorld {
  private readonly pool: Pool;

  constructor(superuserUrl: string) {
    this.pool = openPool(superuserUrl, { max: 4, applicationName: 'key world' });
  }

  get sql(): Pool['sql'] {
    return this.pool.sql;
  }

  async close(): Promise<void> {
    await this.pool.sql.end({ timeout: 5 });
  }

  newTenant(): string {
    return randomUUID();
  }

  async createKey(options: NewWorldKey): Promise<WorldKey> {
    const keyId = newId();
    const name = options.name ?? `key ${keyId.slice(-4)}`;
    const expiresInMs = options.expiresInMs ?? null;
    await this.sql`
      insert into api_key (tenant_id, id, name, environment, scopes, allowed_cidrs, expires_at, disabled_at)
      values (${options.tenantId}, ${keyId}, ${name}, 'live', ${options.scopes ?? []}, ${options.allowedCidrs ?? []},
        ${expiresInMs === null ? null : this.sql`clock_timestamp() + ${expiresInMs}::float8 * interval '1 millisecond'`},
        ${options.isDisabled ? this.sql`clock_timestamp()` : null})`;
    const key: WorldKey = { tenantId: options.tenantId, keyId, name, versions: [], secret: '' };
    key.secret = (await this.addVersion(key, options.state ?? 'current')).secret;
    return key;
  }

  async addVersion(key: WorldKey, state: VersionState, pepper = TEST_PEPPER): Promise<WorldVersion> {
    const { key: secret, publicId, last4 } = generateKey('live');
    const version = { id: newId(), number: key.versions.length + 1, publicId, secret };
    await this.sql`
      insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state)
      values (${key.tenantId}, ${version.id}, ${key.keyId}, ${version.number}, ${publicId},
        ${digestKey(secret, pepper.value)}, ${pepper.id}, ${last4}, ${state})`;
    key.versions.push(version);
    return version;
  }

  /** A service's own key. */
  createCaller(tenantId: string, more: Partial<NewWorldKey> = {}): Promise<WorldKey> {
    return this.createKey({ tenantId, name: 'orders service', scopes: ['gate:verify'], ...more });
  }

  async setState(version: WorldVersion, state: VersionState): Promise<void> {
    await this.sql`update api_key_version set state = ${state} where id = ${version.id}`;
  }

  async setGraceUntil(version: WorldVersion, inMs: number): Promise<void> {
    await this.sql`update api_key_version set state = 'grace',
      grace_until = clock_timestamp() + ${inMs}::float8 * interval '1 millisecond' where id = ${version.id}`;
  }

  async revokeKey(key: WorldKey, reason = 'UNSPECIFIED'): Promise<void> {
    await this
      .sql`update api_key set revoked_at = clock_timestamp(), revoked_reason = ${reason} where id = ${key.keyId}`;
  }

  async undoRevoke(key: WorldKey): Promise<void> {
    await this.sql`update api_key set revoked_at = null, revoked_reason = null where id = ${key.keyId}`;
  }

  /** An event source with one token. */
  async createSource(options: {
    tenantId: string;
    name?: string;
    allowedCidrs?: string[];
    clientSubject?: string | null;
  }): Promise<{ id: string; tokenId: string; token: string; publicId: string }> {
    const { token, publicId, last4 } = generateSourceToken();
    const [id, tokenId] = [newId(), newId()];
    await this.sql`
      insert into event_source (tenant_id, id, name, allowed_cidrs, client_subject)
      values (${options.tenantId}, ${id}, ${options.name ?? 'edge'}, ${options.allowedCidrs ?? []}, ${options.clientSubject ?? null})`;
    await this.sql`
      insert into event_source_token (tenant_id, id, source_id, public_id, digest, pepper_id, last4)
      values (${options.tenantId}, ${tokenId}, ${id}, ${publicId}, ${digestKey(token, TEST_PEPPER.value)}, ${TEST_PEPPER.id}, ${last4})`;
    return { id, tokenId, token, publicId };
  }

  /** Many keys at once, for benchmarks. @returns their secrets */
  async createManyKeys(tenantId: string, count: number): Promise<string[]> {
    const made = Array.from({ length: count }, () => ({ ...generateKey('live'), keyId: newId() }));
    for (let from = 0; from < count; from += 10_000)
      await this.insertKeys(tenantId, made.slice(from, from + 10_000));
    return made.map(({ key }) => key);
  }

  private async insertKeys(
    tenantId: string,
    made: { key: string; publicId: string; last4: string; keyId: string }[],
  ) {
    const keyIds = made.map(({ keyId }) => keyId);
    await this.sql`
      insert into api_key (tenant_id, id, name, environment, scopes)
      select ${tenantId}, id, 'bulk key', 'live', '{keys:read}' from unnest(${keyIds}::uuid[]) as id`;
    await this.sql`
      insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state)
      select ${tenantId}, gen_random_uuid(), key_id, 1, public_id, digest, ${TEST_PEPPER.id}, last4, 'current'
      from unnest(${keyIds}::uuid[], ${made.map(({ publicId }) => publicId)}::text[],
        ${made.map(({ key }) => digestKey(key, TEST_PEPPER.value))}::text[], ${made.map(({ last4 }) => last4)}::text[])
        as made(key_id, public_id, digest, last4)`;
  }
}
