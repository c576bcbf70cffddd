import type { detectionGroup } from '@/db/schema/detections';
import { AppError } from '@/lib/platform/core/errors';
import { techniqueName } from '@/lib/response/detections/attack-rules';
import { SCOPE_KINDS, type ScopeKind } from '@/lib/response/detections/contract';
import type { GroupDto } from '@/lib/response/detections/view-contract';

type Row = typeof detectionGroup.$inferSelect;

export const groupNotFound = () => new AppError('not_found', 'Detection not found in this tenant.');

const HOSTS_KEPT = 200;
const HOSTS_SHOWN = 50;
const isScopeKind = (text: string): text is ScopeKind => Object.hasOwn(SCOPE_KINDS, text);

/** Goes on: received within the idle time, or firing. */
export function isActive(
  { kind, firing, truncated, resolvedAt, lastReceivedAt }: Row,
  nowMs: number,
  idleMs: number,
): boolean {
  if (kind === 'alertmanager') return resolvedAt === null && (firing > 0 || truncated > 0);
  return nowMs - lastReceivedAt.getTime() <= idleMs;
}

/** @param updatedAt to the microsecond */
export function groupDtoOf(row: Row, updatedAt: string, nowMs: number, idleMs: number): GroupDto {
  return {
    id: row.id,
    kind: row.kind,
    rule: row.rule,
    source: row.source,
    scope: {
      kind: isScopeKind(row.scopeKind) ? row.scopeKind : 'none',
      text: row.scope,
      namespace: row.namespace,
      workload: row.workload,
      container: row.container,
      image: row.image,
      host: row.host,
    },
    severity: row.severity,
    severitySteps: row.severitySteps,
    priority: row.priority,
    maturity: row.maturity,
    techniques: row.techniques.map((id) => ({ id, name: techniqueName(id) })),
    tactics: row.tactics,
    tags: row.tags,
    state: row.state,
    isActive: isActive(row, nowMs, idleMs),
    episode: row.episode,
    episodeStartedAt: row.episodeStartedAt.toISOString(),
    count: row.count,
    episodeCount: row.episodeCount,
    kept: row.stored,
    summarized: Math.max(0, row.count - row.stored),
    duplicates: row.duplicates,
    expected: row.expected,
    hosts: row.hosts.slice(0, HOSTS_SHOWN),
    hasMoreHosts: row.hosts.length > HOSTS_SHOWN || row.hosts.length >= HOSTS_KEPT,
    firing: row.firing,
    truncated: row.truncated,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    firstAt: row.firstAt.toISOString(),
    lastAt: row.lastAt.toISOString(),
    firstReceivedAt: row.firstReceivedAt.toISOString(),
    lastReceivedAt: row.lastReceivedAt.toISOString(),
    output: row.output,
    note: row.note,
    triagedBy: row.triagedBy,
    triagedAt: row.triagedAt?.toISOString() ?? null,
    isTest: row.isTest,
    version: row.version,
    updatedAt,
  };
}
