import type { DetectionSeverity, SeverityStepDto } from '@/lib/response/detections/contract';
import { fileExceptions } from '@/lib/response/detections/exceptions/active';
import { problemText, readFalcoBody } from '@/lib/response/detections/ingest/read-delivery';
import { ExceptionSet } from '@/lib/response/detections/judge/exceptions';
import { scopeOf } from '@/lib/response/detections/judge/scope';
import { judgeFalco, ruleFactsOf } from '@/lib/response/detections/judge/severity';
import { type FalcoEvent, isInternal } from '@/lib/response/detections/parse/falco-event';
import { scalarOf } from '@/lib/response/detections/parse/fields';
import type { DetectionPolicy } from './policy-schema';

/** What a policy makes of one event. */
export interface ExplainedEvent {
  rule: string;
  /** It says something of its sensor and is no detection. */
  isHealth: boolean;
  scope: string;
  /** Fields that the policy adds to the group, each with its value. */
  added: { field: string; value: string | null }[];
  severity: DetectionSeverity;
  steps: SeverityStepDto[];
  notifies: boolean;
  /** The exception of the file that covers it. */
  exception: string | null;
}

function explain(event: FalcoEvent, policy: DetectionPolicy, exceptions: ExceptionSet): ExplainedEvent {
  const { severity, steps } = judgeFalco(event, ruleFactsOf(event), policy);
  return {
    rule: event.rule,
    isHealth: isInternal(event),
    scope: scopeOf(event).text,
    added: (policy.extraFields.get(event.rule) ?? []).map((field) => ({
      field,
      value: scalarOf(event.values, field),
    })),
    severity,
    steps,
    notifies: policy.notify.includes(severity),
    exception: exceptions.covering('falco', event.rule, event.values)?.id ?? null,
  };
}

/**
 * What a policy would make of the events of a file. Exceptions of the console are not known to it.
 * @param tenant the slug for which exceptions of the file are asked
 */
export function explainEvents(
  body: Buffer,
  policy: DetectionPolicy,
  tenant: string,
): { events: ExplainedEvent[]; problem: string | null } {
  const { items, problems } = readFalcoBody({ body, bodyBytes: body.length, encoding: 'identity' });
  const exceptions = new ExceptionSet(fileExceptions(policy, tenant, Date.now()));
  return {
    events: items.map(({ event }) => explain(event, policy, exceptions)),
    problem: problemText(problems),
  };
}
