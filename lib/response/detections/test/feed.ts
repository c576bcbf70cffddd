import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type postgres from 'postgres';
import { testJobActor } from '@/db/test/scene';
import type { EventKind } from '@/lib/access/gate/intake-contract';
import { newId } from '@/lib/platform/core/ids';
import { readTextFile } from '@/lib/platform/core/yaml-file';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { processDeliveries } from '@/lib/response/detections/ingest/process-deliveries';
import { parseDetectionPolicy } from '@/lib/response/detections/policy/policy-file';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';

/** Fixtures of real tools that stand outside of the repository; tests of them are skipped where they are not. */
export const FALCO_FIXTURES = '../shared/fixtures/falco';
export const ALERTMANAGER_FIXTURES = '../shared/fixtures/alertmanager';
export const hasShared = (folder: string): boolean => existsSync(join(process.cwd(), folder));
export const shared = (folder: string, name: string): string =>
  readFileSync(join(process.cwd(), folder, name), 'utf8');

export function policyWith(text = 'version: 1'): DetectionPolicy {
  return parseDetectionPolicy(text, 'detections.yaml');
}

export const standardPolicy = (): DetectionPolicy =>
  parseDetectionPolicy(readTextFile('security/detections.yaml'), 'security/detections.yaml');

export const SENDER = '01930000-0000-7000-8000-0000000000aa';

export interface Fed {
  kind?: EventKind | 'loss';
  body: string | Buffer;
  /** Milliseconds from now, or a moment. */
  at?: Date;
  tenantId?: string;
  sender?: string;
  encoding?: string;
  bodyBytes?: number;
  origin?: 'key' | 'source' | 'console' | 'gate';
}

/** Puts a delivery where the gate would. @returns its id */
export async function feed(admin: postgres.Sql, fed: Fed): Promise<string> {
  const id = newId();
  const body = Buffer.from(fed.body);
  await admin`
    insert into event_delivery (tenant_id, id, received_at, kind, origin_type, origin_id, origin_label, encoding, body,
      body_bytes, headers_digest)
    values (${fed.tenantId ?? DEFAULT_TENANT_ID}, ${id}, ${fed.at ?? new Date()}, ${fed.kind ?? 'falco'},
      ${fed.origin ?? 'key'}, ${fed.origin === 'console' ? null : (fed.sender ?? SENDER)}, 'sidekick', ${fed.encoding ?? 'identity'},
      ${body}, ${fed.bodyBytes ?? body.length}, ${Buffer.alloc(32)})`;
  return id;
}

/** Reads everything that waits. */
export async function processAll(policy = standardPolicy(), tenantId = DEFAULT_TENANT_ID): Promise<void> {
  await processDeliveries(testJobActor(tenantId), policy);
}

/** Feeds and reads. */
export async function take(admin: postgres.Sql, fed: Fed, policy?: DetectionPolicy): Promise<string> {
  const id = await feed(admin, fed);
  await processAll(policy, fed.tenantId);
  return id;
}
