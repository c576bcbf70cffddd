import { z } from 'zod';
import { findingDto, findingFilterInput, SEVERITIES, SLAS } from './contract';

/** What findings are counted by; the names of the filter's parameters. */
export const FINDING_FACETS = [
  'severity',
  'status',
  'sla',
  'kev',
  'asset',
  'tool',
  'kind',
  'branch',
  'package',
  'rule',
  'owner',
  'age',
] as const;
export type FindingFacet = (typeof FINDING_FACETS)[number];

/**
 * The commonest values of each facet. A facet that is filtered shows its other values too. `isCapped`: there are more
 * than were counted.
 */
export const findingFacetsDto = z.object({
  facets: z.record(
    z.enum(FINDING_FACETS),
    z.array(
      z.object({ value: z.string(), label: z.string(), count: z.number().int(), isCapped: z.boolean() }),
    ),
  ),
});
export type FindingFacetsDto = z.infer<typeof findingFacetsDto>;

export const FINDING_GROUPINGS = ['package', 'rule', 'asset'] as const;
export const findingGroupsInput = findingFilterInput.extend({ by: z.enum(FINDING_GROUPINGS) });
export type FindingGroupsInput = z.input<typeof findingGroupsInput>;

export const findingGroupDto = z.object({
  /** What to filter by to see its findings. */
  value: z.string(),
  label: z.string(),
  /** Of a rule: the title of one of its findings. */
  title: z.string().nullable(),
  counts: z.record(z.enum(SEVERITIES), z.number().int()),
  total: z.number().int(),
});
export type FindingGroupDto = z.infer<typeof findingGroupDto>;
/** `isCapped`: there are more findings than were looked at, so the numbers are lower bounds. At most 200 groups. */
export const findingGroupsDto = z.object({
  items: z.array(findingGroupDto),
  isCapped: z.boolean(),
  hasMore: z.boolean(),
});
export type FindingGroupsDto = z.infer<typeof findingGroupsDto>;

export const dueBoardInput = z.strictObject({ asset: z.string().min(1).max(200).optional() });
export type DueBoardInput = z.input<typeof dueBoardInput>;
const dueCounts = z.record(z.enum(SLAS), z.number().int());
/** Open findings by when they are due, and what was found and fixed in the last 12 months, of one asset or all. */
export const dueBoardDto = z.object({
  total: dueCounts,
  severities: z.array(z.object({ severity: z.enum(SEVERITIES), counts: dueCounts })),
  /** The 30 with the most that is overdue. */
  assets: z.array(z.object({ name: z.string(), counts: dueCounts })),
  /** Months such as `2026-11` in the time zone of the tenant; `found` holds what came back too. */
  months: z.array(z.object({ month: z.string(), found: z.number().int(), fixed: z.number().int() })),
  /** The longest overdue. */
  longest: z.array(findingDto),
  /** Names to choose from. */
  assetNames: z.array(z.string()),
});
export type DueBoardDto = z.infer<typeof dueBoardDto>;

export const EXPORT_FINDINGS_FORMATS = ['csv', 'ndjson', 'sarif', 'vex'] as const;
export type ExportFindingsFormat = (typeof EXPORT_FINDINGS_FORMATS)[number];
export const exportFindingsInput = findingFilterInput.extend({ format: z.enum(EXPORT_FINDINGS_FORMATS) });
export type ExportFindingsInput = z.input<typeof exportFindingsInput>;

/** `owner` null: nobody. */
export const assignFindingsInput = z.strictObject({
  ids: z.array(z.uuid()).min(1).max(500),
  owner: z.uuid().nullable(),
});
export type AssignFindingsInput = z.input<typeof assignFindingsInput>;
export const findingOwnersDto = z.object({
  items: z.array(z.object({ userId: z.uuid(), name: z.string() })),
});
export type FindingOwnersDto = z.infer<typeof findingOwnersDto>;
