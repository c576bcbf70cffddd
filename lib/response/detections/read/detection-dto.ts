import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '@/lib/platform/core/errors';
import type {
  DetectionKind,
  DetectionSeverity,
  Mark,
  SeverityStepDto,
} from '@/lib/response/detections/contract';
import type { DetectionDto } from '@/lib/response/detections/view-contract';
import { isoMicros } from './conditions';

export const detectionNotFound = () => new AppError('not_found', 'Event not found in this tenant.');

const OUTPUT_SHOWN = 2_000;

export interface DetectionRow extends Record<string, unknown> {
  id: string;
  groupId: string;
  kind: DetectionKind;
  rule: string;
  source: string;
  severity: DetectionSeverity;
  severitySteps: SeverityStepDto[];
  priority: string;
  priorityGiven: string | null;
  host: string | null;
  namespace: string | null;
  output: string;
  receivedAt: string;
  eventAt: string;
  eventTime: string;
  deliveries: number;
  weight: number;
  marks: Mark[];
  exception: string | null;
  originType: string;
  originId: string | null;
  originLabel: string;
  isTest: boolean;
  alertState: 'firing' | 'resolved' | null;
  fingerprint: string | null;
  endsAt: string | null;
  resolvedAt: string | null;
}

/** Of `detection d`; without its raw text, which may be large. */
export const DETECTION_COLUMNS: SQL = sql`d.id, d.group_id as "groupId", d.kind, d.rule, d.source, d.severity,
  d.severity_steps as "severitySteps", d.priority, d.priority_given as "priorityGiven", d.host, d.namespace,
  left(d.output, ${OUTPUT_SHOWN}) as output, ${isoMicros(sql`d.received_at`)} as "receivedAt",
  ${isoMicros(sql`d.event_at`)} as "eventAt", d.event_time as "eventTime", d.deliveries, d.weight::float8 as weight, d.marks,
  d.exception, d.origin_type as "originType", d.origin_id as "originId", d.origin_label as "originLabel",
  d.is_test as "isTest", d.alert_state as "alertState", d.fingerprint, ${isoMicros(sql`d.ends_at`)} as "endsAt",
  ${isoMicros(sql`d.resolved_at`)} as "resolvedAt"`;

const iso = (text: string | null) => (text === null ? null : new Date(text).toISOString());

export function detectionDtoOf(row: DetectionRow): DetectionDto {
  const { originType, originId, originLabel, alertState, fingerprint, endsAt, resolvedAt, ...rest } = row;
  return {
    ...rest,
    sender: { type: originType, id: originId, label: originLabel },
    alert:
      alertState === null
        ? null
        : {
            state: alertState,
            fingerprint: fingerprint ?? '',
            endsAt: iso(endsAt),
            resolvedAt: iso(resolvedAt),
          },
  };
}
