import type { acceptance, finding, scanStream, sighting } from '@/db/schema/findings';
import type {
  Decision,
  Detection,
  FindingDetailDto,
  FindingDto,
  FindingKind,
  FindingStatus,
  Severity,
} from '@/lib/assurance/findings/contract';

export interface FindingRecord {
  finding: typeof finding.$inferSelect;
  assetName: string;
  ownerName: string | null;
  isOverdue: boolean | null;
}

export interface SeenRecord {
  lastSeenAt: string | null;
  isUnverified: boolean | null;
}

const OCCURRENCES_SHOWN = 100;

export function textIn(details: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = details[name];
  return typeof value === 'string' ? value : null;
}

const isoOf = (date: Date | null) => date?.toISOString() ?? null;

export function findingDtoOf(record: FindingRecord, seen: SeenRecord | undefined): FindingDto {
  const { finding: row, assetName, ownerName, isOverdue } = record;
  const { id, tool, ruleId, aliases, title, package: packageName, path, isKev, episode, version } = row;
  return {
    id,
    asset: { id: row.assetId, name: assetName },
    tool,
    kind: row.kind as FindingKind,
    ...{ ruleId, aliases },
    severity: row.severity as Severity,
    ...{ title, package: packageName, path },
    installedVersion: textIn(row.details, 'installedVersion'),
    fixedVersion: textIn(row.details, 'fixedVersion'),
    line: typeof row.details.line === 'number' ? row.details.line : null,
    isKev,
    status: row.status as FindingStatus,
    detection: row.detection as Detection,
    isUnverified: seen?.isUnverified === true,
    decision: {
      value: row.decision as Decision,
      until: isoOf(row.decisionUntil),
      reason: row.decisionReason,
      justification: row.decisionJustification,
      source: row.decisionSource,
      by: row.decidedBy,
      at: isoOf(row.decidedAt),
    },
    owner: row.ownerUserId ? { userId: row.ownerUserId, name: ownerName ?? 'unknown' } : null,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: seen?.lastSeenAt ?? null,
    openedAt: row.openedAt.toISOString(),
    dueAt: isoOf(row.dueAt),
    isOverdue: isOverdue === true,
    fixedAt: isoOf(row.fixedAt),
    ...{ episode, version },
  };
}

export function sightingDtoOf(
  row: typeof sighting.$inferSelect,
  stream: typeof scanStream.$inferSelect,
): FindingDetailDto['sightings'][number] {
  return {
    tool: stream.tool,
    category: stream.category,
    branch: stream.branch,
    firstSeenAt: row.firstSeenAt.toISOString(),
    goneAt: isoOf(row.goneAt),
    occurrences: row.occurrences.slice(0, OCCURRENCES_SHOWN) as Record<string, string | number>[],
  };
}

export function acceptanceDtoOf(
  row: typeof acceptance.$inferSelect,
): FindingDetailDto['acceptances'][number] {
  return {
    id: row.id,
    state: row.state as FindingDetailDto['acceptances'][number]['state'],
    reason: row.reason,
    until: row.until.toISOString(),
    requestedBy: row.requestedLabel,
    requestedAt: row.requestedAt.toISOString(),
    decidedBy: row.decidedLabel,
    decidedAt: isoOf(row.decidedAt),
    comment: row.comment,
  };
}
