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
