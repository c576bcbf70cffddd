import { z } from 'zod';
import { plainLine } from '@/lib/platform/core/plain-line';

export const SCANNERS = ['secretlint', 'gitleaks', 'trivy', 'snyk', 'npm-audit'] as const;
export type Scanner = (typeof SCANNERS)[number];

export const TARGET_KINDS = ['git', 'path', 'image'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** What each scanner looks for, what it can look at, and how it comes onto the worker. */
export const SCANNER_FACTS: Record<
  Scanner,
  { name: string; finds: string; kinds: readonly TargetKind[]; install: string }
> = {
  secretlint: {
    name: 'secretlint',
    finds: 'secrets in files',
    kinds: ['git', 'path'],
    install: 'npm install',
  },
  gitleaks: {
    name: 'Gitleaks',
    finds: 'secrets in files and in history',
    kinds: ['git', 'path'],
    install: 'go install github.com/zricethezav/gitleaks/v8@latest',
  },
  trivy: {
    name: 'Trivy',
    finds: 'vulnerable packages, misconfigurations and secrets',
    kinds: ['git', 'path', 'image'],
    install:
      'curl -sfL https://raw.githubusercontent.com/aquasecurity/trivy/main/contrib/install.sh | sh -s -- -b /usr/local/bin',
  },
  snyk: {
    name: 'Snyk',
    finds: 'vulnerable packages in lock files',
    kinds: ['git', 'path'],
    install: 'npm install --global snyk',
  },
  'npm-audit': {
    name: 'npm audit',
    finds: 'vulnerable npm packages',
    kinds: ['git', 'path'],
    install: 'npm install --global npm@11',
  },
};

export const EVERY = ['never', 'hour', 'day', 'week'] as const;
export const RUN_STATUSES = ['queued', 'running', 'imported', 'failed', 'cancelled', 'timed_out'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

const location = plainLine(500).refine(
  (text) => !text.startsWith('-'),
  'The address cannot start with a dash.',
);
const branch = plainLine(200).regex(
  /^(?!.*(\.\.|@\{|\/\/|\.lock$))[A-Za-z0-9_][\w./+-]*$/,
  'This is not the name of a branch.',
);
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time such as 03:00.');

const targetFields = {
  asset: plainLine(200),
  scanner: z.enum(SCANNERS),
  kind: z.enum(TARGET_KINDS),
  location,
  branch,
  every: z.enum(EVERY),
  runAt: clock.describe("By the clock of the tenant's time zone; of an hourly one the minutes count"),
  weekday: z.int().min(1).max(7).describe('1 is Monday'),
  isEnabled: z.boolean(),
};

export const createTargetInput = z.strictObject({
  ...targetFields,
  branch: branch.default('main'),
  every: targetFields.every.default('never'),
  runAt: targetFields.runAt.default('03:00'),
  weekday: targetFields.weekday.default(1),
  isEnabled: targetFields.isEnabled.default(true),
});
export type CreateTargetInput = z.input<typeof createTargetInput>;
export const updateTargetInput = z.strictObject(targetFields).partial();
export type UpdateTargetInput = z.input<typeof updateTargetInput>;

const dateText = z.iso.datetime();

export const scannerDto = z.object({
  key: z.enum(SCANNERS),
  name: z.string(),
  finds: z.string(),
  kinds: z.array(z.enum(TARGET_KINDS)),
  /** `incomplete`: it starts, and `problem` says what it lacks. `unknown`: no worker has looked yet. */
  state: z.enum(['installed', 'incomplete', 'not_installed', 'unknown']),
  version: z.string().nullable(),
  /** Why it cannot be used. */
  problem: z.string().nullable(),
  install: z.string(),
  checkedAt: dateText.nullable(),
});
export type ScannerDto = z.infer<typeof scannerDto>;
export const scannerListDto = z.object({ items: z.array(scannerDto), nextCursor: z.null() });
export type ScannerListDto = z.infer<typeof scannerListDto>;

export const runDto = z.object({
  id: z.uuid(),
  targetId: z.uuid(),
  /** `imported`: the report was handed over; `scan` says what became of it. */
  status: z.enum(RUN_STATUSES),
  sentence: z.string().nullable(),
  isScheduled: z.boolean(),
  requestedBy: z.string(),
  createdAt: dateText,
  startedAt: dateText.nullable(),
  finishedAt: dateText.nullable(),
  isCancelling: z.boolean(),
  toolVersion: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  scan: z.object({ id: z.uuid(), status: z.string(), found: z.number().int().nullable() }).nullable(),
});
export type RunDto = z.infer<typeof runDto>;
export const runPageDto = z.object({ items: z.array(runDto), nextCursor: z.string().nullable() });
export type RunPageDto = z.infer<typeof runPageDto>;

export const targetDto = z.object({
  id: z.uuid(),
  ...targetFields,
  /** When it is due next, null where nothing is scheduled. */
  nextAt: dateText.nullable(),
  timeZone: z.string(),
  lastRun: runDto.nullable(),
  createdBy: z.string(),
  createdAt: dateText,
  version: z.number().int(),
});
export type TargetDto = z.infer<typeof targetDto>;
export const targetPageDto = z.object({ items: z.array(targetDto), nextCursor: z.string().nullable() });
export type TargetPageDto = z.infer<typeof targetPageDto>;

export const pageInput = z.strictObject({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type PageInput = z.input<typeof pageInput>;

/** `after`: the number of the last line that is known. */
export const readLogInput = z.strictObject({
  after: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
export type ReadLogInput = z.input<typeof readLogInput>;
export const logDto = z.object({
  items: z.array(
    z.object({
      number: z.number().int(),
      at: dateText,
      source: z.enum(['bulwark', 'scanner']),
      line: z.string(),
    }),
  ),
  /** Pass it as `after`; more may come while `isOpen`. */
  last: z.number().int(),
  isOpen: z.boolean(),
});
export type LogDto = z.infer<typeof logDto>;
