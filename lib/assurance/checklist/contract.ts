import { z } from 'zod';
import { plainLine, plainText } from '@/lib/platform/core/plain-line';

export const STAGES = ['pre_deploy', 'ongoing'] as const;

export const CHECK_SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type CheckSeverity = (typeof CHECK_SEVERITIES)[number];

/** What one look at one thing found. `not_available`: it cannot be known here; `error`: looking itself failed. */
export const OUTCOMES = ['pass', 'warn', 'fail', 'not_applicable', 'not_available', 'error'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * What a check or an objective is now, worst first. `stale`: its last run is too old; `unknown`: nothing counts as an
 * answer. Both count against, like `fail`. `excepted` fails, and somebody accepted that until a date.
 */
export const STATES = ['fail', 'unknown', 'stale', 'excepted', 'warn', 'pass', 'not_applicable'] as const;
export type State = (typeof STATES)[number];

export const RUN_STATES = ['queued', 'running', 'completed', 'error'] as const;
export const RUN_TRIGGERS = ['person', 'service', 'schedule'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];
export const CHECK_RUN_SOURCES = ['run', 'attestation', 'import'] as const;
export type CheckRunSource = (typeof CHECK_RUN_SOURCES)[number];

export const VERDICTS = ['pass', 'fail'] as const;

export const REASON_CHARS_MIN = 20;
export const OBSERVATIONS_MAX = 500;
export const EVIDENCE_BYTES_MAX = 256 * 1024;
const EXCEPTION_DAYS_MAX = 366;

const dateText = z.iso.datetime();
const timeInput = z.iso.datetime({ offset: true });

const reason = plainText(1000).refine(
  (text) => text.length >= REASON_CHARS_MIN,
  `Give a reason of at least ${REASON_CHARS_MIN} characters.`,
);
const checkKey = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'Enter the key of a check.');
const webLink = plainText(2000).refine(
  (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
  'Enter an HTTP or HTTPS URL.',
);

/** One thing that was looked at. `href`: where it is mended, within the console or outside. */
export const observation = z.object({
  resource: z.string(),
  outcome: z.enum(OUTCOMES),
  detail: z.string(),
  href: z.string().nullable(),
});
export type Observation = z.infer<typeof observation>;

/** Left out: every check that a machine can run. */
export const startRunInput = z.strictObject({ checks: z.array(checkKey).min(1).max(500).optional() });
export type StartRunInput = z.input<typeof startRunInput>;

export const listRunsInput = z.strictObject({
  cursor: z.string().min(1).max(300).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListRunsInput = z.input<typeof listRunsInput>;

export const checkHistoryInput = listRunsInput.extend({ check: checkKey });
export type CheckHistoryInput = z.input<typeof checkHistoryInput>;

/** `performedAt`: when it was done, not when it was written down. Evidence: a link, a file, or the note alone. */
export const attestInput = z.strictObject({
  check: checkKey,
  performedAt: timeInput,
  note: reason,
  link: webLink.optional(),
  file: z
    .strictObject({
      name: plainLine(200),
      mediaType: z
        .string()
        .regex(/^[a-z]+\/[a-z0-9.+-]{1,80}$/, 'Enter a media type such as application/pdf.'),
      /** Base64, at most 256 KiB of content. */
      content: z.base64().max(Math.ceil(EVIDENCE_BYTES_MAX / 3) * 4),
    })
    .optional(),
});
export type AttestInput = z.input<typeof attestInput>;

/** A result of another tool. `resources`: what it was meant to look at; those without an observation are not covered. */
export const importResultInput = z.strictObject({
  check: checkKey,
  collectedAt: timeInput,
  collector: plainLine(120),
  observations: z
    .array(
      z.strictObject({
        resource: plainLine(300),
        outcome: z.enum(OUTCOMES),
        detail: plainText(500).default(''),
        href: webLink.optional(),
      }),
    )
    .max(OBSERVATIONS_MAX),
  resources: z.array(plainLine(300)).max(1000).optional(),
});
export type ImportResultInput = z.input<typeof importResultInput>;

/** `resource` null: all that the check fails for. */
export const requestExceptionInput = z.strictObject({
  check: checkKey,
  resource: plainLine(300).nullable().default(null),
  reason,
  expiresAt: timeInput,
});
export type RequestExceptionInput = z.input<typeof requestExceptionInput>;
export const EXCEPTION_MAX_MS = EXCEPTION_DAYS_MAX * 86_400_000;

export const settleExceptionInput = z.strictObject({ comment: plainText(1000).optional() });
export type SettleExceptionInput = z.input<typeof settleExceptionInput>;

export const releaseGateInput = z.strictObject({
  release: plainLine(120, 'Enter a release name.'),
  imageDigest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'Enter a digest: sha256: followed by 64 hexadecimal digits.')
    .optional(),
  environment: plainLine(60).default('production'),
});
export type ReleaseGateInput = z.input<typeof releaseGateInput>;

export const overrideVerdictInput = z.strictObject({ reason });
export type OverrideVerdictInput = z.input<typeof overrideVerdictInput>;

const person = z.object({ userId: z.uuid(), name: z.string() });

export const exceptionDto = z.object({
  id: z.uuid(),
  checkKey: z.string(),
  resource: z.string().nullable(),
  reason: z.string(),
  requestedBy: person,
  requestedAt: dateText,
  approvedBy: person.nullable(),
  approvedAt: dateText.nullable(),
  expiresAt: dateText,
  revokedAt: dateText.nullable(),
  state: z.enum(['requested', 'active', 'expired', 'revoked']),
});
export type ExceptionDto = z.infer<typeof exceptionDto>;

/** One run of one check. Times in ISO 8601 UTC. */
export const checkRunDto = z.object({
  id: z.uuid(),
  runId: z.uuid().nullable(),
  checkKey: z.string(),
  checkVersion: z.number().int(),
  /** False: the check means something else since. */
  isCurrentVersion: z.boolean(),
  source: z.enum(CHECK_RUN_SOURCES),
  outcome: z.enum(OUTCOMES),
  summary: z.string(),
  startedAt: dateText,
  finishedAt: dateText,
  /** How many things it was meant to look at, and did. */
  scopeExpected: z.number().int(),
  scopeCovered: z.number().int(),
  failing: z.number().int(),
  evidenceId: z.uuid().nullable(),
  by: z.string(),
});
export type CheckRunDto = z.infer<typeof checkRunDto>;

/** Since when a check is in its state, and what it was before: "passed for 41 days, fails since". */
export const streakDto = z.object({
  since: dateText.nullable(),
  before: z.enum(['pass', 'fail', 'unknown']).nullable(),
  /** How long the state before lasted. */
  beforeDays: z.number().nullable(),
});

export const checkDto = z.object({
  key: z.string(),
  title: z.string(),
  kind: z.string(),
  mode: z.enum(['automated', 'import', 'attestation']),
  version: z.number().int(),
  line: z.number().int(),
  remediation: z.string(),
  /** What a person is asked to confirm; null for what a machine runs. */
  asks: z.string().nullable(),
  cadenceSeconds: z.number().int(),
  state: z.enum(STATES),
  /** One sentence: why it is in this state. */
  reason: z.string(),
  streak: streakDto,
  /** When it is run, or due, next. */
  nextDueAt: dateText.nullable(),
  lastRun: checkRunDto.nullable(),
  /** What fails, warns or could not be known; at most 20 of `problemsTotal`. */
  problems: z.array(observation),
  problemsTotal: z.number().int(),
  exceptions: z.array(exceptionDto),
});
export type CheckDto = z.infer<typeof checkDto>;

export const objectiveDto = z.object({
  key: z.string(),
  title: z.string(),
  why: z.string(),
  stage: z.enum(STAGES),
  severity: z.enum(CHECK_SEVERITIES),
  owner: z.string().nullable(),
  refs: z.array(z.string()),
  state: z.enum(STATES),
  /** Change against the state after the run before the last one. */
  change: z.enum(['newly_failing', 'fixed']).nullable(),
  regression: z.string().nullable(),
  checks: z.array(checkDto),
});
export type ObjectiveDto = z.infer<typeof objectiveDto>;

/** Two answers that cannot both be true. */
export const contradictionDto = z.object({
  objectiveKey: z.string(),
  checkKeys: z.array(z.string()),
  sentence: z.string(),
});
export type ContradictionDto = z.infer<typeof contradictionDto>;

/** Progress of one check within a run. */
export const runCheckDto = z.object({
  checkKey: z.string(),
  title: z.string(),
  state: z.enum(['waiting', 'running', 'done']),
  outcome: z.enum(OUTCOMES).nullable(),
  summary: z.string().nullable(),
  evidenceId: z.uuid().nullable(),
});
export const runDto = z.object({
  id: z.uuid(),
  state: z.enum(RUN_STATES),
  trigger: z.enum(RUN_TRIGGERS),
  by: z.string(),
  requestedAt: dateText,
  startedAt: dateText.nullable(),
  finishedAt: dateText.nullable(),
  /** Why it could not be run; null otherwise. */
  problem: z.string().nullable(),
  checksTotal: z.number().int(),
  checksDone: z.number().int(),
  counts: z.record(z.enum(OUTCOMES), z.number().int()),
});
export type RunDto = z.infer<typeof runDto>;
export const runDetailDto = runDto.extend({ checks: z.array(runCheckDto) });
export type RunDetailDto = z.infer<typeof runDetailDto>;
export const runListDto = z.object({ items: z.array(runDto), nextCursor: z.string().nullable() });
export type RunListDto = z.infer<typeof runListDto>;
export const checkRunListDto = z.object({ items: z.array(checkRunDto), nextCursor: z.string().nullable() });
export type CheckRunListDto = z.infer<typeof checkRunListDto>;

export const checklistDto = z.object({
  asOf: dateText,
  definition: z.object({
    file: z.string(),
    hash: z.string(),
    /** Why the newest version of the file is not in force. */
    problems: z.array(z.object({ line: z.number().int(), message: z.string() })),
  }),
  timeZone: z.string(),
  counts: z.record(z.enum(STATES), z.number().int()),
  objectives: z.array(objectiveDto),
  contradictions: z.array(contradictionDto),
  /** Exceptions that wait for somebody's approval. */
  requests: z.array(exceptionDto),
  lastRun: runDto.nullable(),
  activeRun: runDto.nullable(),
});
export type ChecklistDto = z.infer<typeof checklistDto>;

export const evidenceDto = z.object({
  id: z.uuid(),
  checkKey: z.string(),
  kind: z.enum(CHECK_RUN_SOURCES),
  collector: z.string(),
  collectedAt: dateText,
  receivedAt: dateText,
  effectiveFrom: dateText,
  effectiveUntil: dateText,
  /** Hex SHA-256 of `body`. */
  sha256: z.string(),
  /** Whether `body` still has that digest. */
  isIntact: z.boolean(),
  /** What was seen, as JSON text exactly as it was kept. */
  body: z.string(),
  link: z.string().nullable(),
  file: z.object({ name: z.string(), mediaType: z.string(), bytes: z.number().int() }).nullable(),
});
export type EvidenceDto = z.infer<typeof evidenceDto>;

export const gateItemDto = z.object({
  objectiveKey: z.string(),
  title: z.string(),
  severity: z.enum(CHECK_SEVERITIES),
  state: z.enum(STATES),
  isBlocking: z.boolean(),
  reason: z.string(),
  remediation: z.string(),
  problems: z.array(observation),
  checkRunIds: z.array(z.uuid()),
});
export type GateItemDto = z.infer<typeof gateItemDto>;

export const verdictDto = z.object({
  id: z.uuid(),
  release: z.string(),
  imageDigest: z.string().nullable(),
  environment: z.string(),
  verdict: z.enum(VERDICTS),
  decidedAt: dateText,
  by: z.string(),
  /** The page of this verdict in the console. */
  url: z.string(),
  items: z.array(gateItemDto),
  override: z.object({ by: person, at: dateText, reason: z.string() }).nullable(),
});
export type VerdictDto = z.infer<typeof verdictDto>;
export const verdictListDto = z.object({ items: z.array(verdictDto), nextCursor: z.string().nullable() });
export type VerdictListDto = z.infer<typeof verdictListDto>;
