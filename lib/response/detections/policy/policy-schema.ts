import { z } from 'zod';
import { DAY_MS, MINUTE_MS, parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import { fileObject } from '@/lib/platform/core/yaml-file';
import {
  DETECTION_SEVERITIES,
  type DetectionSeverity,
  FALCO_PRIORITIES,
  type FalcoPriority,
  MATURITIES,
  type Maturity,
} from '@/lib/response/detections/contract';
import {
  exceptionDays,
  exceptionFields,
  exceptionReason,
} from '@/lib/response/detections/exception-contract';

const severity = z.enum(DETECTION_SEVERITIES, `must be ${DETECTION_SEVERITIES.join(', ')}`);
const wholeNumber = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.int(message).min(least, message).max(most, message);
};

const duration = (leastMs: number, mostMs: number) =>
  z.string('must be a time such as 15m').transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= leastMs && ms <= mostMs) return ms;
    const message = `must be a time from ${leastMs / SECOND_MS}s to ${mostMs / DAY_MS}d, such as 15m or 1h`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const ruleName = z
  .string('must be the name of a rule')
  .trim()
  .min(1, 'must be the name of a rule')
  .max(200, 'must be at most 200 characters');

/** What changes with every event would make each of them a group of its own. */
const NEVER_IN_A_KEY =
  /^(?:evt\.(?:time|num|rawtime|datetime|reltime|latency)(?:\..*)?|.*\b(?:pid|vpid|ppid|tid|vtid|apid|sid|vsid|pgid|vpgid)(?:\[\d+\])?|proc\.(?:pid\.ts|ppid\.ts|duration|ppid\.duration)(?:\..*)?|container\.(?:id|full_id|start_ts|duration)|k8s\.pod\.(?:id|uid|full_sandbox_id|sandbox_id|ip)|fd\.(?:num|name|.*port|ino|connected)|thread\..*)$/;

const keyField = z
  .string('must be the name of an output field')
  .regex(/^[a-z][A-Za-z0-9_.[\]-]{1,99}$/, 'must be the name of an output field such as fd.sip')
  .refine((field) => !NEVER_IN_A_KEY.test(field), {
    message:
      'differs in every event, so it cannot belong to a group: ids, times, processes, ports and names with ports',
  });

const prefilled = <S extends z.ZodRawShape>(shape: S) => {
  const part = fileObject(shape);
  return part.prefault({} as z.input<typeof part>);
};

const PRIORITY_SEVERITY: Record<FalcoPriority, DetectionSeverity> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'high',
  Warning: 'medium',
  Notice: 'low',
  Informational: 'info',
  Debug: 'info',
};

const MATURITY_CHANGE: Record<Maturity, number> = {
  stable: 0,
  incubating: -1,
  sandbox: -2,
  deprecated: -2,
  unknown: 0,
};

const LABEL_SEVERITY: Record<string, DetectionSeverity> = {
  emergency: 'critical',
  critical: 'critical',
  page: 'critical',
  disaster: 'critical',
  error: 'high',
  major: 'high',
  high: 'high',
  warning: 'medium',
  warn: 'medium',
  medium: 'medium',
  minor: 'low',
  low: 'low',
  notice: 'low',
  ticket: 'low',
  info: 'info',
  informational: 'info',
  none: 'info',
};

const priorities = Object.fromEntries(
  FALCO_PRIORITIES.map((name) => [name, severity.default(PRIORITY_SEVERITY[name])]),
) as Record<FalcoPriority, z.ZodDefault<typeof severity>>;

const maturities = Object.fromEntries(
  MATURITIES.map((name) => [name, wholeNumber(-4, 4).default(MATURITY_CHANGE[name])]),
) as Record<Maturity, z.ZodDefault<z.ZodInt>>;

const hostName = z
  .string('must be a host name')
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, 'must be a host name as Falco reports it');

const tenantSlugs = z
  .array(z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be the slug of a tenant'))
  .min(1, 'must name a tenant')
  .max(100);

/** A host that must report, of every tenant or of some. */
const expectedHost = z.union([
  hostName.transform((host) => ({ host, tenants: undefined })),
  fileObject({ host: hostName, tenants: tenantSlugs.optional() }),
]);

const fileException = fileObject({
  rule: ruleName,
  fields: exceptionFields,
  reason: exceptionReason,
  /** The last day on which it holds. */
  until: z.iso.date('must be a day such as 2027-03-31'),
  approvedBy: z.string('must be who approved it').trim().min(2, 'must be who approved it').max(100),
  tenants: tenantSlugs.optional(),
});

/** `security/detections.yaml`. */
export const detectionsFile = fileObject({
  version: z.literal(1, 'must be 1'),
  grouping: prefilled({
    /** A Falco group is over when nothing of it came for so long; the next event opens its next episode. */
    idle: duration(MINUTE_MS, DAY_MS).prefault('15m'),
    rules: z
      .array(
        fileObject({
          rule: ruleName,
          add: z.array(keyField).min(1, 'must name a field').max(4, 'must name at most 4'),
        }),
      )
      .max(500)
      .default([]),
  }),
  severity: prefilled({
    priorities: prefilled(priorities),
    maturity: prefilled(maturities),
    host: wholeNumber(-4, 4).default(1),
    rules: z
      .array(fileObject({ rule: ruleName, severity }))
      .max(500)
      .default([]),
  }),
  alertmanager: prefilled({
    severities: z.record(z.string().min(1).max(100), severity).default({}),
    unknown: severity.default('medium'),
    /** Alerts that always fire, to show that alerting works: their silence is a blind spot, they are no detections. */
    heartbeats: z.array(ruleName).max(20).default(['Watchdog', 'DeadMansSwitch', 'InfoInhibitor']),
  }),
  floods: prefilled({
    /** Of one sender; beyond it events are counted, and only the first of a group is kept. */
    eventsPerSecond: wholeNumber(1, 100_000).default(200),
    burst: wholeNumber(1, 1_000_000).default(2_000),
    /** Of an episode of a group these are kept whole, then one of ten, of a hundred and so on. */
    keepFirst: wholeNumber(1, 20).default(5),
  }),
  sensors: prefilled({
    /** How often a sensor reports itself until its own interval is known. */
    heartbeat: duration(MINUTE_MS, DAY_MS).prefault('1h'),
    missedHeartbeats: wholeNumber(1, 100).default(3),
    dropsPercent: z
      .number('must be a number')
      .min(0, 'must be at least 0')
      .max(100, 'must be at most 100')
      .default(1),
    clockOffset: duration(SECOND_MS, DAY_MS).prefault('60s'),
    /** Hosts that must report; those that ever did are known anyhow. */
    expected: z.array(expectedHost).max(10_000).default([]),
  }),
  /** Groups of these severities are notified about when they open or return. */
  notify: z.array(severity).max(5).default(['critical', 'high']),
  retention: prefilled({ days: wholeNumber(7, 3_650).default(400) }),
  exceptions: z.array(fileException).max(1_000).default([]),
}).superRefine(({ grouping, severity: judged, exceptions }, context) => {
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  for (const [name, list] of [
    ['grouping', grouping.rules],
    ['severity', judged.rules],
  ] as const) {
    const seen = new Set<string>();
    for (const [index, { rule }] of list.entries()) {
      if (seen.has(rule)) refuse([name, 'rules', index, 'rule'], `"${rule}" is listed twice`);
      seen.add(rule);
    }
  }
  for (const [index, { until }] of exceptions.entries()) {
    const days = (Date.parse(until) - Date.now()) / DAY_MS;
    if (days > exceptionDays.max) {
      refuse(['exceptions', index, 'until'], `must be at most ${exceptionDays.max} days from now`);
    }
  }
});

type DetectionsFile = z.output<typeof detectionsFile>;

/** The policy in force. */
export interface DetectionPolicy extends Omit<DetectionsFile, 'alertmanager'> {
  /** As it is named to people. */
  file: string;
  hash: string;
  alertmanager: {
    severities: ReadonlyMap<string, DetectionSeverity>;
    unknown: DetectionSeverity;
    heartbeats: ReadonlySet<string>;
  };
  /** Fields that the policy adds to the group key of a rule. */
  extraFields: ReadonlyMap<string, readonly string[]>;
}

export function policyOf(value: DetectionsFile, file: string, hash: string): DetectionPolicy {
  const { alertmanager, ...rest } = value;
  const named = Object.entries(alertmanager.severities).map(([label, level]): [string, DetectionSeverity] => [
    label.toLowerCase(),
    level,
  ]);
  return {
    ...rest,
    file,
    hash,
    alertmanager: {
      severities: new Map([...Object.entries(LABEL_SEVERITY), ...named]),
      unknown: alertmanager.unknown,
      heartbeats: new Set(alertmanager.heartbeats),
    },
    extraFields: new Map(value.grouping.rules.map(({ rule, add }) => [rule, add])),
  };
}
