import { z } from 'zod';

/** Faults that a verification tells apart, with the exit code of `bulwark audit verify`; of several the smallest. */
export const FAULTS = {
  content_changed: { exitCode: 10, label: 'Content changed' },
  row_missing: { exitCode: 11, label: 'Event missing' },
  row_extra: { exitCode: 12, label: 'Event added' },
  order_changed: { exitCode: 13, label: 'Order changed' },
  unsealed_late: { exitCode: 14, label: 'Not sealed in time' },
  tree_forked: { exitCode: 15, label: 'History rewritten' },
  unknown_signer: { exitCode: 16, label: 'Unknown signer' },
  not_witnessed: { exitCode: 17, label: 'Not witnessed' },
  lost_in_restore: { exitCode: 18, label: 'Lost in a restore' },
} as const;
export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as [FaultKind, ...FaultKind[]];

/** `index`: of the leaf, where the fault is at one. A lost range names the first and one behind the last. */
export const faultDto = z.object({
  kind: z.enum(FAULT_KINDS),
  tenantId: z.string(),
  origin: z.string().nullable(),
  index: z.number().int().nullable(),
  until: z.number().int().optional(),
  eventId: z.string().nullable(),
  message: z.string(),
});
export type Fault = z.infer<typeof faultDto>;

/** What a verification found of one tree. */
export const verifiedLogDto = z.object({
  tenantId: z.string(),
  origin: z.string(),
  incarnation: z.number().int(),
  leaves: z.number().int(),
  /** The newest checkpoint that was checked; null where there is none yet. */
  checkpoint: z.object({ size: z.number().int(), root: z.string() }).nullable(),
});
export type VerifiedLog = z.infer<typeof verifiedLogDto>;

/** Neither erased fields nor retired events are faults; `pending` waits for the sequencer and is younger than two minutes. */
export const verificationReportDto = z.object({
  logs: z.array(verifiedLogDto),
  leaves: z.number().int(),
  rows: z.number().int(),
  erased: z.number().int(),
  retired: z.number().int(),
  pending: z.number().int(),
  /** Events from before sealing began: proven from then on, as they were found. */
  before: z.number().int(),
  /** Events that were sealed long after their time, with the leaves of the first few. */
  late: z.object({ count: z.number().int(), leaves: z.array(z.number().int()) }),
  /** Null: no witness is configured. */
  isWitnessed: z.boolean().nullable(),
  witnessedAt: z.string().nullable(),
  /** Where the keys came from that signatures were checked with. */
  keysFrom: z.string(),
  faults: z.array(faultDto),
  /** More faults were found than are listed. */
  faultCount: z.number().int(),
  seconds: z.number(),
});
export type VerificationReport = z.infer<typeof verificationReportDto>;

/** 0 where nothing is wrong. */
export function exitCodeOf(faults: readonly Pick<Fault, 'kind'>[]): number {
  return faults.length === 0 ? 0 : Math.min(...faults.map(({ kind }) => FAULTS[kind].exitCode));
}

/** How long an event may wait to be sealed; also the lag that raises an alarm. */
export const SEALING_LAG_MAX_MS = 120_000;

/** What may be wrong with a log right now; `critical` needs a person at once. */
export const LOG_PROBLEMS = [
  'faults',
  'refused',
  'forked',
  'lag',
  'unsigned',
  'stale',
  'not_witnessed',
  'not_verified',
] as const;
export const logProblemDto = z.object({
  code: z.enum(LOG_PROBLEMS),
  severity: z.enum(['critical', 'warning']),
  sentence: z.string(),
  since: z.iso.datetime().nullable(),
});
export type LogProblem = z.infer<typeof logProblemDto>;

const time = z.iso.datetime();
const count = z.number().int();

const headDto = z.object({
  origin: z.string(),
  size: count,
  root: z.string().describe('Base64'),
  publishedAt: time,
  /** Null: no key has signed it. */
  signedAt: time.nullable(),
});

/** How the log stands and what vouches for it. */
export const integrityDto = z.object({
  asOf: time,
  problems: z.array(logProblemDto),
  /** Null: nothing is sealed yet. */
  log: z
    .object({
      origin: z.string(),
      size: count,
      sealedAt: time.nullable(),
      openedAt: time,
      /** Events from before sealing began; null while they are being sealed. */
      firstPass: count.nullable(),
    })
    .nullable(),
  pending: z.object({ count, isMore: z.boolean(), oldestAt: time.nullable() }),
  checkpoint: headDto.nullable(),
  installation: headDto.nullable(),
  hasCheckpointFile: z.boolean(),
  /** Null: no witness is configured. */
  witness: z
    .object({
      witnessedAt: time.nullable(),
      size: count.nullable(),
      witnesses: z.array(
        z.object({
          name: z.string(),
          url: z.string().nullable(),
          size: count,
          cosignedAt: time.nullable(),
          problem: z.string().nullable(),
          isRefusal: z.boolean(),
        }),
      ),
    })
    .nullable(),
  /** The newest that looked at everything; null where there is none. */
  verification: z
    .object({
      state: z.enum(['verified', 'faults']),
      startedBy: z.string(),
      finishedAt: time.nullable(),
      leaves: count,
      report: verificationReportDto.nullable(),
    })
    .nullable(),
  running: z.object({ startedBy: z.string(), startedAt: time, leaves: count }).nullable(),
  incarnations: z.array(
    z.object({
      origin: z.string(),
      size: count,
      openedAt: time,
      restored: z
        .object({
          source: z.string(),
          lost: z.array(z.object({ origin: z.string(), from: count, to: count })).nullable(),
        })
        .nullable(),
    }),
  ),
  erased: count,
  retired: z.array(
    z.object({
      from: time,
      to: time,
      leaves: count,
      requestedBy: z.string(),
      approvedBy: z.string(),
      retiredAt: time,
    }),
  ),
});
export type IntegrityDto = z.infer<typeof integrityDto>;

export const leafInput = z.strictObject({
  at: z
    .string()
    .max(40)
    .optional()
    .describe("The event's time, as the list gives it. Finds the event at once"),
});
export type LeafInput = z.input<typeof leafInput>;

/** `waiting`: not sealed yet. `changed`: the event is not what was sealed. `erased`: the fields that are left are. */
export const leafDto = z.object({
  state: z.enum(['waiting', 'intact', 'erased', 'changed']),
  origin: z.string().nullable(),
  index: count.nullable(),
  hash: z.string().nullable().describe('RFC 6962 leaf hash, Base64'),
  sealedAt: time.nullable(),
  /** The size of the newest signed checkpoint that covers the leaf; null: the proof is not available yet. */
  provenAtSize: count.nullable(),
});
export type LeafDto = z.infer<typeof leafDto>;

export const LOG_NAMES = ['tenant', 'installation'] as const;
export const logInput = z.strictObject({
  log: z
    .enum(LOG_NAMES)
    .default('tenant')
    .describe(
      "The tenant's own log, or the installation's, whose entries are checkpoints of the tenants' logs",
    ),
});
export type LogInput = z.input<typeof logInput>;

/** Something that a person must hear of at once. Rooms above turn it into an anomaly. `action`: of the event that records it. */
export interface LogAlarm {
  tenantId: string;
  code: LogProblem['code'];
  sentence: string;
  action: 'log.verification_failed' | 'log.witness_refused' | 'log.sealing_delayed';
}
