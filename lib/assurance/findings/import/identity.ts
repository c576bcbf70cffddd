import { createHmac, hash } from 'node:crypto';
import type { Tool } from '@/lib/assurance/findings/contract';
import type { ReportedFinding } from '@/lib/assurance/findings/parsers/parser';

/** Raised when the parts of a key change; stored with every finding so that old keys can be told apart. */
export const KEY_VERSION = 1;
const SEPARATOR = '\u001f';

/**
 * SHA-256 in hexadecimal over the parts that make two findings the same one (findings.md 2.1). Members of one group
 * have the same parts and are numbered beside it.
 */
export function findingKey(
  assetId: string,
  tool: Tool,
  finding: Pick<ReportedFinding, 'kind' | 'identity'>,
  id: string,
): string {
  const parts = [String(KEY_VERSION), assetId, tool, finding.kind, id, ...finding.identity];
  return hash('sha256', parts.join(SEPARATOR));
}

/** Tells secrets apart that scanners found, by HMAC-SHA256 under a key of 32 bytes; they themselves are never kept. */
export function secretDigester(key: Uint8Array): (secret: string) => string {
  return (secret) => createHmac('sha256', key).update(secret).digest('hex');
}
