import { z } from 'zod';
import { plainLine, plainText, storedText } from '@/lib/platform/core/plain-line';

export const TOOLS = [
  'gitleaks',
  'trivy',
  'snyk',
  'npm-audit',
  'secretlint',
  'sarif',
  'cyclonedx',
  'osv-scanner',
  'grype',
  'semgrep',
  'bandit',
  'checkov',
  'pip-audit',
  'yarn-audit',
  'govulncheck',
] as const;
export type Tool = (typeof TOOLS)[number];

export const TOOL_NAMES: Record<Tool, string> = {
  gitleaks: 'Gitleaks',
  trivy: 'Trivy',
  snyk: 'Snyk',
  'npm-audit': 'npm audit',
  secretlint: 'secretlint',
  sarif: 'SARIF',
  cyclonedx: 'CycloneDX',
  'osv-scanner': 'OSV-Scanner',
  grype: 'Grype',
  semgrep: 'Semgrep',
  bandit: 'Bandit',
  checkov: 'Checkov',
  'pip-audit': 'pip-audit',
  'yarn-audit': 'Yarn audit',
  govulncheck: 'govulncheck',
};

export const FINDING_KINDS = ['vulnerability', 'misconfiguration', 'secret', 'license', 'code'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What scanners say; only they move it. */
export const DETECTIONS = ['present', 'absent'] as const;
export type Detection = (typeof DETECTIONS)[number];

/** What people, VEX documents and tools decided. */
export const DECISIONS = [
  'none',
  'confirmed',
  'accepted',
  'false_positive',
  'not_affected',
  'suppressed_in_tool',
  'resolved_manually',
] as const;
export type Decision = (typeof DECISIONS)[number];

/** What the two axes mean together (findings.md 2.5). */
export const FINDING_STATUSES = [
  'open',
  'accepted',
  'false_positive',
  'not_affected',
  'suppressed',
  'fixed',
  'archived',
] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

export const SCAN_STATUSES = [
  'queued',
  'running',
  'done',
  'held',
  'confirmed',
  'rejected',
  'failed',
] as const;
export type ScanStatus = (typeof SCAN_STATUSES)[number];

/**
 * What may be asked of a scan beside its status. `failing`: nothing of the same source has ended since it failed. `stale`: the
 * newest complete one of its asset, older than 7 days.
 */
export const SCAN_NEEDS = ['failing', 'stale'] as const;
export type ScanNeed = (typeof SCAN_NEEDS)[number];

/** Why a product is not affected: the nine reasons of CycloneDX. */
export const JUSTIFICATIONS = [
  'code_not_present',
  'code_not_reachable',
  'requires_configuration',
  'requires_dependency',
  'requires_environment',
  'protected_by_compiler',
  'protected_at_runtime',
  'protected_at_perimeter',
  'protected_by_mitigating_control',
] as const;

const dateText = z.iso.datetime();
const cursor = z.string().min(1).max(300).optional();
const limit = z.coerce.number().int().min(1).max(200).default(50);

/** One value, or the parameter repeated: any of them matches. */
const filter = <S extends z.ZodType<string, string>>(value: S, max = 20) =>
  z
    .union([value, z.array(value).min(1).max(max)])
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .optional();

const imageDigest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256: and 64 hexadecimal digits.');

/**
 * What is said of a report beside its body, as query parameters. `tool` left out: the report tells. `complete=false`:
 * only a part was scanned, so nothing it lacks is closed; `reason` says why, may be repeated, and means the same. `options`: the scanner's settings; a change holds the run.
 * `image`: the digest of the image that was scanned, where the report does not name it.
 */
export const uploadScanInput = z.strictObject({
  tool: z.enum(TOOLS).optional(),
  asset: plainLine(200),
  branch: plainLine(200).default('main'),
  category: z.union([z.literal(''), plainLine(200)]).default(''),
  complete: z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .default(true),
  reason: filter(plainLine(300)),
  options: plainText(500).optional(),
  image: imageDigest.optional(),
  file: plainLine(300).optional(),
});
export type UploadScanInput = z.input<typeof uploadScanInput>;

export const uploadedScanDto = z.object({ scanId: z.uuid() });
export type UploadedScanDto = z.infer<typeof uploadedScanDto>;

/** Counts are null until the import is done. `held`: what confirming the run would close. */
export const scanDto = z.object({
  id: z.uuid(),
  asset: z.object({ id: z.uuid(), name: z.string() }),
  tool: z.string().nullable(),
  toolName: z.string().nullable(),
  toolVersion: z.string().nullable(),
  category: z.string(),
  branch: z.string(),
  /** False: a part was scanned or could be read, so it closes nothing by itself. `reasons` say what is missing, if known. */
  isComplete: z.boolean(),
  /** Digests of the image that was scanned: of its manifest and its configuration. */
  images: z.array(z.string()),
  status: z.enum(SCAN_STATUSES),
  /** Why it failed or is held; of a run that is done, what could not be read. */
  reasons: z.array(z.string()),
  fileName: z.string().nullable(),
  fileBytes: z.number().int(),
  /** `user:<id>`, `key:<id>`, or which part of Bulwark. */
  uploadedBy: z.string(),
  /** The person's or the key's name; null where there is none, or no longer. */
  uploadedByName: z.string().nullable(),
  createdAt: dateText,
  startedAt: dateText.nullable(),
  finishedAt: dateText.nullable(),
  /** Findings read so far. */
  progress: z.number().int(),
  counts: z
    .object({
      found: z.number().int(),
      new: z.number().int(),
      reopened: z.number().int(),
      changed: z.number().int(),
      unchanged: z.number().int(),
      fixed: z.number().int(),
      held: z.number().int(),
    })
    .nullable(),
  /** Open findings that the stream sees after the run; what was accepted or dismissed does not count. */
  severities: z.record(z.enum(SEVERITIES), z.number().int()).nullable(),
});
export type ScanDto = z.infer<typeof scanDto>;

export const listScansInput = z.strictObject({
  cursor,
  limit,
  asset: filter(storedText(200)),
  branch: filter(storedText(200)),
  tool: filter(z.enum(TOOLS)),
  status: filter(z.enum(SCAN_STATUSES)),
  /** All of them hold; of `notIs` none. */
  is: filter(z.enum(SCAN_NEEDS)),
  notIs: filter(z.enum(SCAN_NEEDS)),
});
export type ListScansInput = z.input<typeof listScansInput>;
export const scanListDto = z.object({ items: z.array(scanDto), nextCursor: z.string().nullable() });
export type ScanListDto = z.infer<typeof scanListDto>;

export const SCAN_DIFF_PARTS = ['new', 'reopened', 'changed', 'fixed', 'held'] as const;
export type ScanDiffPart = (typeof SCAN_DIFF_PARTS)[number];
/** `held`: what the run lacks and would close if it were confirmed. */
export const scanDiffInput = z.strictObject({ part: z.enum(SCAN_DIFF_PARTS).default('new'), cursor, limit });
export type ScanDiffInput = z.input<typeof scanDiffInput>;

/** The answer to a held run: believe it and close what it lacks, or keep everything open. */
export const decideScanInput = z.strictObject({
  verdict: z.enum(['confirm', 'reject']),
  reason: plainText(500).optional(),
});
export type DecideScanInput = z.input<typeof decideScanInput>;

export const FINDING_SORTS = ['severity', 'due', 'newest'] as const;

/** How long it is open: up to 7 days, up to 30, up to 90, longer. */
export const AGES = ['week', 'month', 'quarter', 'older'] as const;

/** When it is due: over, within 7 days, within 30 days, later, or never. */
export const SLAS = ['overdue', 'soon', 'month', 'later', 'none'] as const;
export type Sla = (typeof SLAS)[number];

/** Each is looked for in every row that is read. */
const WORDS_MAX = 5;
const words = filter(storedText(200), WORDS_MAX);

/**
 * Which findings. `status` left out: open. `sla`: overdue, due within 7 days, after that within 30 days, later, or never.
 * `acceptance`: one was asked for and awaits approval. `age`: open for up to 7, 30 or 90 days, or longer. `q`: letters of any
 * case within title, path, package, rule and the other names of a vulnerability; all
 * of them where it is repeated. `notAsset` and the like leave out, `notQ` what holds any of the words.
 */
export const findingFilterInput = z.strictObject({
  status: filter(z.enum(FINDING_STATUSES)),
  severity: filter(z.enum(SEVERITIES)),
  tool: filter(z.enum(TOOLS)),
  kind: filter(z.enum(FINDING_KINDS)),
  asset: filter(storedText(200)),
  branch: filter(storedText(200)),
  package: filter(storedText(300)),
  rule: filter(storedText(300)),
  owner: filter(z.uuid()),
  sla: z.enum(SLAS).optional(),
  kev: z.enum(['true', 'false']).optional(),
  acceptance: z.enum(['requested']).optional(),
  age: filter(z.enum(AGES)),
  q: words,
  notAsset: filter(storedText(200)),
  notPackage: filter(storedText(300)),
  notRule: filter(storedText(300)),
  notOwner: filter(z.uuid()),
  notQ: words,
});
export type FindingFilterInput = z.input<typeof findingFilterInput>;

/** `sort`: worst and oldest first; due first (only what is due at all); newest first. */
export const listFindingsInput = findingFilterInput.extend({
  cursor,
  limit,
  sort: z.enum(FINDING_SORTS).default('severity'),
});
export type ListFindingsInput = z.input<typeof listFindingsInput>;

export const acceptanceDto = z.object({
  id: z.uuid(),
  state: z.enum(['requested', 'approved', 'refused', 'ended']),
  reason: z.string(),
  until: dateText,
  requestedBy: z.string(),
  requestedAt: dateText,
  decidedBy: z.string().nullable(),
  decidedAt: dateText.nullable(),
  comment: z.string().nullable(),
});

export const findingDto = z.object({
  id: z.uuid(),
  asset: z.object({ id: z.uuid(), name: z.string() }),
  tool: z.string(),
  kind: z.enum(FINDING_KINDS),
  ruleId: z.string(),
  aliases: z.array(z.string()),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  package: z.string().nullable(),
  path: z.string().nullable(),
  installedVersion: z.string().nullable(),
  fixedVersion: z.string().nullable(),
  line: z.number().int().nullable(),
  isKev: z.boolean(),
  status: z.enum(FINDING_STATUSES),
  detection: z.enum(DETECTIONS),
  /** A run failed, or is held: nobody knows whether this is still so. */
  isUnverified: z.boolean(),
  decision: z.object({
    value: z.enum(DECISIONS),
    until: dateText.nullable(),
    reason: z.string().nullable(),
    justification: z.string().nullable(),
    /** `person`, `tool`, or `vex:<serial number>`. */
    source: z.string().nullable(),
    by: z.string().nullable(),
    at: dateText.nullable(),
  }),
  owner: z.object({ userId: z.uuid(), name: z.string() }).nullable(),
  firstSeenAt: dateText,
  lastSeenAt: dateText.nullable(),
  openedAt: dateText,
  dueAt: dateText.nullable(),
  isOverdue: z.boolean(),
  fixedAt: dateText.nullable(),
  /** 1 at first; one more each time it came back. */
  episode: z.number().int(),
  version: z.number().int(),
});
export type FindingDto = z.infer<typeof findingDto>;
export const findingListDto = z.object({ items: z.array(findingDto), nextCursor: z.string().nullable() });
export type FindingListDto = z.infer<typeof findingListDto>;

export const findingEventDto = z.object({
  number: z.number().int(),
  at: dateText,
  type: z.string(),
  actorType: z.string(),
  actor: z.string(),
  scanId: z.uuid().nullable(),
  changes: z.record(z.string(), z.unknown()),
  reason: z.string().nullable(),
});

export const findingDetailDto = z.object({
  finding: findingDto,
  description: z.string().nullable(),
  cvssScore: z.number().nullable(),
  cvssVector: z.string().nullable(),
  cwes: z.array(z.string()),
  /** http and https only. */
  references: z.array(z.string()),
  purl: z.string().nullable(),
  isUnrated: z.boolean(),
  isWeak: z.boolean(),
  /** Where each stream sees it; the newest 100 places of each. */
  sightings: z.array(
    z.object({
      tool: z.string(),
      category: z.string(),
      branch: z.string(),
      firstSeenAt: dateText,
      goneAt: dateText.nullable(),
      occurrences: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
    }),
  ),
  /** Oldest first, the last 200. */
  events: z.array(findingEventDto),
  acceptances: z.array(acceptanceDto),
  /** What other tools say about the same vulnerability of the same package and asset. */
  related: z.array(findingDto.pick({ id: true, tool: true, ruleId: true, severity: true, status: true })),
});
export type FindingDetailDto = z.infer<typeof findingDetailDto>;

const reason = plainText(1_000).min(1);

/**
 * A person's decision. `accepted` needs a reason and an end, and counts only when somebody else approves it;
 * `not_affected` needs a justification, `false_positive` and `resolved_manually` a reason (for a secret: how it was
 * rotated or revoked).
 */
export const decideFindingInput = z
  .strictObject({
    decision: z.enum([
      'none',
      'confirmed',
      'accepted',
      'false_positive',
      'not_affected',
      'resolved_manually',
    ]),
    reason: reason.optional(),
    justification: z.enum(JUSTIFICATIONS).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .superRefine((input, context) => {
    const isLacking = (name: 'reason' | 'justification' | 'until', message: string) => {
      if (input[name] === undefined) context.addIssue({ code: 'custom', path: [name], message });
    };
    if (['accepted', 'false_positive', 'resolved_manually'].includes(input.decision))
      isLacking('reason', 'Say why.');
    if (input.decision === 'accepted')
      isLacking('until', 'Enter an end date. Every risk acceptance must end.');
    if (input.decision === 'not_affected')
      isLacking('justification', 'Select why the product is not affected.');
    if (input.decision !== 'accepted' && input.until !== undefined)
      context.addIssue({ code: 'custom', path: ['until'], message: 'Only an acceptance has an end.' });
  });
export type DecideFindingInput = z.input<typeof decideFindingInput>;

export const decideAcceptanceInput = z.strictObject({
  verdict: z.enum(['approve', 'refuse']),
  comment: plainText(500).optional(),
});
export type DecideAcceptanceInput = z.input<typeof decideAcceptanceInput>;
