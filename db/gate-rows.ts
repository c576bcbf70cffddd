import type { KeyEnvironment, VersionState } from '@/lib/access/api-keys/contract';
import type { BlockRow } from '@/lib/access/blocks/contract';
import type { SourceRow } from '@/lib/access/event-sources/contract';
import type { BodyEncoding, EventKind } from '@/lib/access/gate/intake-contract';
import type { AuditAction, AuditOutcome } from '@/lib/platform/audit/contract';

/** One version of a key joined with its key, as app_gate may read it; times in Unix milliseconds with fractions. */
export interface KeyRow {
  tenantId: string;
  keyId: string;
  versionId: string;
  number: number;
  publicId: string;
  digest: string;
  pepperId: string;
  state: VersionState;
  graceUntilMs: number | null;
  revokedReason: string | null;
  name: string;
  environment: KeyEnvironment;
  ownerUserId: string | null;
  scopes: string[];
  allowedCidrs: string[];
  rateLimits: { limit: number; windowSeconds: number }[];
  expiresAtMs: number | null;
  isDisabled: boolean;
  isRevoked: boolean;
}

/** One row of the record; `id` is also the request's id. */
export interface AuditRow {
  tenantId: string;
  /** When the request began, by the database's clock; stored no later than the statement. */
  atMs: number;
  id: string;
  action: AuditAction;
  outcome: AuditOutcome;
  code: string;
  actorType: string;
  actorId: string | null;
  actorLabel: string | null;
  keyVersionId: string | null;
  sessionId: string | null;
  ip: string;
  userAgent: string | null;
  method: string | null;
  host: string | null;
  path: string | null;
  status: number;
  durationUs: number;
  targetType: string | null;
  targetId: string | null;
  targetLabel: string | null;
  reason: string | null;
  /** JSON. */
  details: string | null;
}

/** A body as it came, with who sent it; `id` is that of its audit row. */
export interface DeliveryRow {
  tenantId: string;
  id: string;
  receivedAtMs: number;
  kind: EventKind | 'loss';
  originType: 'key' | 'source' | 'gate';
  originId: string | null;
  originLabel: string;
  ip: string | null;
  userAgent: string | null;
  encoding: BodyEncoding;
  body: Buffer;
  /** As sent, also where only the beginning of it was kept. */
  bodyBytes: number;
  headersDigest: Buffer;
  isSpilled: boolean;
}

/** Rows with the conditions under which the decisions in them hold. */
export interface ConditionalBatch {
  rows: readonly AuditRow[];
  /** The revision of each tenant that the decisions were made with. */
  revisions: ReadonlyMap<string, number>;
  notBeforeMs: number;
  notAfterMs: number;
}

/** Rows of decisions that were made in a snapshot, with the first deadline after which one of them is another one. */
export type SnapshotBatch = Pick<ConditionalBatch, 'rows' | 'notAfterMs'>;

/** What one database snapshot said. */
export interface SnapshotFacts {
  /** The database's clock, no earlier than the snapshot was asked for. */
  nowMs: number;
  revisions: ReadonlyMap<string, number>;
  /** Rows changed since the revisions known before. */
  changed: readonly KeyRow[];
  /** Tenants of which too much has changed to list, or whose revision went back: forget what is known of their keys. */
  overtaken: readonly string[];
  found: readonly KeyRow[];
  /** Tokens of event sources that were asked for. */
  sources: readonly SourceRow[];
  /** The active blocks of each tenant of which they may have changed; a tenant that was not known has none otherwise. */
  blocks: ReadonlyMap<string, readonly BlockRow[]>;
}

export interface SnapshotQuestion {
  tenantIds: readonly string[];
  publicIds: readonly string[];
  /** Public ids of tokens of event sources. */
  sourceIds: readonly string[];
  knownRevision: (tenantId: string) => number | undefined;
}
