import type { KeyRow, SnapshotFacts } from '@/db/gate-rows';
import { BlockSet } from '@/lib/access/blocks/block-set';
import type { SourceRow } from '@/lib/access/event-sources/contract';
import { identityHeaders } from '@/lib/access/gate/http/identity-headers';
import { type KeySnapshot, networksOf } from '@/lib/platform/auth/credential/key-decision';

/** What the gate knows of one tenant: every cached key of it, and its blocks, are as of `revision`. */
export interface TenantState {
  readonly id: string;
  revision: number;
  /** Cached keys. */
  size: number;
  blocks: BlockSet;
}

export const NO_BLOCKS = new BlockSet([]);

/** One version of a key in memory. `proof` is the fingerprint of the secret that was proven against its digest. */
export interface CachedKey {
  readonly snapshot: KeySnapshot;
  readonly tenant: TenantState;
  /** The part of an answer that depends on the key alone, as JSON members, but for the limits. */
  readonly answerMembers: string;
  /** The headers at a route that depend on the key alone, as raw pairs. */
  readonly identityHeaders: readonly string[];
  proof: string | null;
}

/** One token of an event source in memory. */
export interface CachedSource {
  readonly snapshot: SourceRow;
  readonly tenant: TenantState;
  readonly networks: ReturnType<typeof networksOf>;
  proof: string | null;
}

const POOLED_MAX = 10_000;
const SOURCES_MAX = 10_000;

/** `X-Auth-*` and `X-Key-Rotation` of a key, each always there: whatever a client sent under a name is written over. */
function identityHeadersOf(row: KeyRow): string[] {
  const rotation = row.state === 'grace' ? `superseded; expires="${isoOf(row.graceUntilMs) ?? ''}"` : '';
  return identityHeaders({
    subject: row.keyId,
    kind: 'key',
    tenantId: row.tenantId,
    keyId: row.keyId,
    scopes: row.scopes,
    rotation,
  });
}

function isoOf(ms: number | null): string | null {
  return ms === null || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
}

/** JSON in ASCII alone: its length in bytes is its length, and Node sends it without converting it. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function answerMembersOf(row: KeyRow): string {
  const rotation =
    row.state === 'pending' || row.state === 'grace'
      ? { rotation: { state: row.state, graceEndsAt: isoOf(row.graceUntilMs) } }
      : {};
  const members = {
    keyId: row.keyId,
    version: row.number,
    tenantId: row.tenantId,
    owner: row.ownerUserId,
    scopes: row.scopes,
    expiresAt: isoOf(row.expiresAtMs),
    ...rotation,
    ...(row.isRevoked || row.state === 'revoked' ? { reason: row.revokedReason ?? 'UNSPECIFIED' } : {}),
  };
  return asciiJson(members).slice(1, -1);
}

/**
 * One instance of each text and list that many keys have in common: what is compared on every request then lies in
 * the processor's cache, however many keys there are.
 */
class Pool {
  private readonly texts = new Map<string, string>();
  private readonly lists = new Map<string, readonly string[]>();

  text<T extends string>(value: T): T {
    const known = this.texts.get(value);
    if (known !== undefined) return known as T;
    this.texts.set(value, value);
    return value;
  }

  list(values: readonly string[]): readonly string[] {
    const name = JSON.stringify(values);
    const known = this.lists.get(name);
    if (known) return known;
    const list = values.map((value) => this.text(value));
    this.lists.set(name, list);
    return list;
  }

  clear(): void {
    this.texts.clear();
    this.lists.clear();
  }

  get size(): number {
    return this.texts.size + this.lists.size;
  }
}

function snapshotOf(row: KeyRow, tenantId: string, pool: Pool): KeySnapshot {
  return {
    tenantId,
    keyId: row.keyId,
    versionId: row.versionId,
    versionNumber: row.number,
    publicId: row.publicId,
    digest: row.digest,
    pepperId: pool.text(row.pepperId),
    state: pool.text(row.state),
    graceUntilMs: row.graceUntilMs,
    revokedReason: row.revokedReason,
    name: row.name,
    environment: pool.text(row.environment),
    ownerUserId: row.ownerUserId,
    scopes: pool.list(row.scopes),
    allowedNetworks: networksOf(row.allowedCidrs),
    rateLimits: row.rateLimits,
    expiresAtMs: row.expiresAtMs,
    isDisabled: row.isDisabled,
    isRevoked: row.isRevoked,
  };
}

/**
 * Keys by the public id inside the key string, each tenant's at one revision. Filled and moved forward only by what
 * one database snapshot said; forgets the key that was read longest ago when it is full.
 */
export class KeyCache {
  private readonly keys = new Map<string, CachedKey>();
  private readonly sources = new Map<string, CachedSource>();
  private readonly tenants = new Map<string, TenantState>();
  private readonly pool = new Pool();

  constructor(private readonly entriesMax: number) {}

  get size(): number {
    return this.keys.size;
  }

  get tenantCount(): number {
    return this.tenants.size;
  }

  get(publicId: string): CachedKey | undefined {
    return this.keys.get(publicId);
  }

  /** By the public id inside a token. */
  source(publicId: string): CachedSource | undefined {
    return this.sources.get(publicId);
  }

  /** Undefined where nothing is known of the tenant. */
  tenant(id: string): TenantState | undefined {
    return this.tenants.get(id);
  }

  revisionOf(tenantId: string): number | undefined {
    return this.tenants.get(tenantId)?.revision;
  }

  revisions(): Map<string, number> {
    return new Map(Array.from(this.tenants.values(), (tenant) => [tenant.id, tenant.revision]));
  }

  clear(): void {
    this.keys.clear();
    this.sources.clear();
    this.tenants.clear();
  }

  /** Brings the tenants of the facts to the facts' revisions and adds the keys that were looked up. */
  apply(facts: SnapshotFacts): void {
    for (const tenantId of facts.overtaken) this.forgetKeysOf(tenantId);
    for (const [tenantId, revision] of facts.revisions) this.tenantFor(tenantId, revision);
    for (const row of facts.changed) if (this.keys.has(row.publicId)) this.put(row, facts);
    for (const row of facts.found) this.put(row, facts);
    for (const [tenantId, revision] of facts.revisions) {
      const tenant = this.tenants.get(tenantId);
      if (tenant && tenant.revision !== revision) this.forgetSourcesOf(tenant);
      if (tenant) tenant.revision = revision;
    }
    for (const row of facts.sources) this.putSource(row, facts);
    for (const [tenantId, rows] of facts.blocks) {
      const tenant = this.tenants.get(tenantId);
      if (tenant) tenant.blocks = rows.length === 0 ? NO_BLOCKS : new BlockSet(rows);
    }
    if (this.tenants.size > this.entriesMax) this.forgetTenantsWithoutKeys();
  }

  private put(row: KeyRow, facts: SnapshotFacts): void {
    const revision = facts.revisions.get(row.tenantId);
    if (revision === undefined) return;
    const known = this.keys.get(row.publicId);
    const proof = known?.snapshot.digest === row.digest ? known.proof : null;
    if (known) this.forget(known);
    else if (this.keys.size >= this.entriesMax) this.forgetOldest();
    const tenant = this.tenantFor(row.tenantId, revision);
    tenant.size += 1;
    if (this.pool.size >= POOLED_MAX) this.pool.clear();
    const snapshot = snapshotOf(row, tenant.id, this.pool);
    this.keys.set(row.publicId, {
      snapshot,
      tenant,
      answerMembers: answerMembersOf(row),
      identityHeaders: identityHeadersOf(row),
      proof,
    });
  }

  /** There are few; that of a tenant that was left without keys in memory goes when it is asked for again. */
  private putSource(row: SourceRow, facts: SnapshotFacts): void {
    const revision = facts.revisions.get(row.tenantId);
    if (revision === undefined) return;
    if (this.sources.size >= SOURCES_MAX) this.sources.clear();
    const proof = this.sources.get(row.publicId)?.proof ?? null;
    const tenant = this.tenantFor(row.tenantId, revision);
    this.sources.set(row.publicId, { snapshot: row, tenant, networks: networksOf(row.allowedCidrs), proof });
  }

  /** Any change of the tenant may be one of its sources: they are read again when they are asked for. */
  private forgetSourcesOf(tenant: TenantState): void {
    for (const [publicId, source] of this.sources)
      if (source.tenant === tenant) this.sources.delete(publicId);
  }

  private tenantFor(id: string, revision: number): TenantState {
    const known = this.tenants.get(id);
    if (known) return known;
    const tenant = { id, revision, size: 0, blocks: NO_BLOCKS };
    this.tenants.set(id, tenant);
    return tenant;
  }

  private forgetOldest(): void {
    for (const oldest of this.keys.values()) {
      this.forget(oldest);
      return;
    }
  }

  private forget(key: CachedKey): void {
    this.keys.delete(key.snapshot.publicId);
    key.tenant.size -= 1;
  }

  /** A tenant stays without keys as well, for its blocks; only too many of them are forgotten. */
  private forgetTenantsWithoutKeys(): void {
    for (const tenant of this.tenants.values()) {
      if (tenant.size > 0) continue;
      this.forgetSourcesOf(tenant);
      this.tenants.delete(tenant.id);
    }
  }

  /** Its blocks stay: the facts say where they changed. */
  private forgetKeysOf(tenantId: string): void {
    for (const key of this.keys.values()) if (key.tenant.id === tenantId) this.forget(key);
  }
}
