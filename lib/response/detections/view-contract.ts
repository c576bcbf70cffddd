import { z } from 'zod';
import { parseTime } from '@/lib/platform/audit/rules';
import { plainText } from '@/lib/platform/core/plain-line';
import {
  DETECTION_KIND_NAMES,
  DETECTION_SEVERITIES,
  ENTITY_TYPES,
  type EntityType,
  GROUP_STATE_NAMES,
  MARK_NAMES,
  SCOPE_KINDS,
  type ScopeKind,
  severityName,
  severityStepDto,
} from './contract';

const dateText = z.iso.datetime();
const SCOPE_NAMES = Object.keys(SCOPE_KINDS) as [ScopeKind, ...ScopeKind[]];
const ENTITY_NAMES = Object.keys(ENTITY_TYPES) as [EntityType, ...EntityType[]];
const VALUES_MAX = 20;

const timeBound = z
  .string()
  .max(40)
  .refine(
    (text) => parseTime(text, 0, 'from') !== null,
    'Enter a time such as 2026-11-01T00:00:00Z, 2026-11-01, now-24h or now/d.',
  );

const storable = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes('\u0000'), 'Remove the unsupported character.');

/** One value, or the parameter repeated: any of them matches. The same name with `!` appended excludes. */
const many = <S extends z.ZodType<string, string>>(value: S) =>
  z
    .union([value, z.array(value).min(1).max(VALUES_MAX)])
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .optional();

const severityValue = z.enum(DETECTION_SEVERITIES);
const kindValue = z.enum(DETECTION_KIND_NAMES);
const nameValue = storable(300);
const searchValue = storable(200);

/** What both lists filter by. */
const common = {
  q: many(searchValue),
  'q!': many(searchValue),
  severity: many(severityValue),
  'severity!': many(severityValue),
  rule: many(nameValue),
  'rule!': many(nameValue),
  kind: many(kindValue),
  'kind!': many(kindValue),
  source: many(nameValue),
  'source!': many(nameValue),
  host: many(nameValue),
  'host!': many(nameValue),
  namespace: many(nameValue),
  'namespace!': many(nameValue),
};

const page = {
  cursor: z.string().min(1).max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

export const GROUP_STATES_ASKED = [...GROUP_STATE_NAMES, 'any'] as const;
export const GROUP_SORTS = ['newest', 'severity', 'count', 'updated'] as const;
export type GroupSort = (typeof GROUP_SORTS)[number];

/**
 * Groups of which something was received in the range (without `from`: ever). `state`: open and acknowledged ones unless
 * it says otherwise. `active`: that go on, which means received within the idle time, or firing. `entity`: that name it,
 * as `address:203.0.113.7`. `q`: letters of any case in rule, scope or the last output.
 */
export const groupFilterInput = z.strictObject({
  from: timeBound.optional(),
  to: timeBound.optional(),
  ...common,
  state: many(z.enum(GROUP_STATES_ASKED)),
  'state!': many(z.enum(GROUP_STATE_NAMES)),
  technique: many(storable(20)),
  'technique!': many(storable(20)),
  active: z.enum(['true', 'false']).optional(),
  entity: many(storable(330)),
  /** Changed at or after this time, for whoever copies the list; then the oldest change comes first. */
  updatedSince: z.iso.datetime({ offset: true }).optional(),
});
export type GroupFilterInput = z.input<typeof groupFilterInput>;
export type GroupFilter = z.output<typeof groupFilterInput>;

export const listGroupsInput = groupFilterInput.extend({ ...page, sort: z.enum(GROUP_SORTS).optional() });
export type ListGroupsInput = z.input<typeof listGroupsInput>;

export const scopeDto = z.object({
  kind: z.enum(SCOPE_NAMES),
  text: z.string(),
  namespace: z.string().nullable(),
  workload: z.string().nullable(),
  container: z.string().nullable(),
  image: z.string().nullable(),
  host: z.string().nullable(),
});

export const techniqueDto = z.object({ id: z.string(), name: z.string().nullable() });

/**
 * Detections that are one thing happening again. `count` is every event, kept or not; `kept` those that can be read;
 * `summarized` the rest. `duplicates` are further deliveries of the same events and part of neither.
 */
export const groupDto = z.object({
  id: z.uuid(),
  kind: kindValue,
  rule: z.string(),
  source: z.string(),
  scope: scopeDto,
  severity: severityName,
  severitySteps: z.array(severityStepDto),
  priority: z.string(),
  maturity: z.string(),
  techniques: z.array(techniqueDto),
  tactics: z.array(z.string()),
  tags: z.array(z.string()),
  state: z.enum(GROUP_STATE_NAMES),
  isActive: z.boolean(),
  /** How often it began: 1 for the first time. */
  episode: z.number().int(),
  episodeStartedAt: dateText,
  count: z.number().int(),
  episodeCount: z.number().int(),
  kept: z.number().int(),
  summarized: z.number().int(),
  duplicates: z.number().int(),
  /** Of `count`, those that an exception covers. */
  expected: z.number().int(),
  hosts: z.array(z.string()),
  /** There are more hosts than are listed. */
  hasMoreHosts: z.boolean(),
  /** Of Alertmanager: alerts that fire, and those that its last message left out. */
  firing: z.number().int(),
  truncated: z.number().int(),
  resolvedAt: dateText.nullable(),
  firstAt: dateText,
  lastAt: dateText,
  firstReceivedAt: dateText,
  lastReceivedAt: dateText,
  output: z.string(),
  note: z.string().nullable(),
  triagedBy: z.string().nullable(),
  triagedAt: dateText.nullable(),
  isTest: z.boolean(),
  version: z.number().int(),
  updatedAt: z.string(),
});
export type GroupDto = z.infer<typeof groupDto>;

/** `from`, `to`: the range as it was searched, rounded to whole minutes, hours or days by its age. */
export const groupListDto = z.object({ items: z.array(groupDto), nextCursor: z.string().nullable() });
export type GroupListDto = z.infer<typeof groupListDto>;

export const entityDto = z.object({
  type: z.enum(ENTITY_NAMES),
  value: z.string(),
  firstAt: dateText,
  lastAt: dateText,
  count: z.number().int(),
});
export type EntityDto = z.infer<typeof entityDto>;

export const groupDetailDto = z.object({
  group: groupDto,
  /** Fields that differ between its events, each with some of its values. */
  differing: z.array(z.object({ name: z.string(), values: z.array(z.string()), hasMore: z.boolean() })),
  entities: z.array(entityDto),
  /** Events of each of the last 60 minutes, oldest first; the last is the running one. */
  minutes: z.array(z.number().int()),
});
export type GroupDetailDto = z.infer<typeof groupDetailDto>;

export const triageGroupInput = z.strictObject({
  state: z.enum(['open', 'acknowledged', 'closed']),
  note: plainText(2_000).optional(),
});
export type TriageGroupInput = z.input<typeof triageGroupInput>;

const markValue = z.enum(MARK_NAMES);

/**
 * Detections that were kept: events of Falco, and episodes of alerts. The range is by time of receipt; the last 7 days
 * unless it says otherwise. `group`: an ID. `alert`: firing or resolved. `expected`: covered by an exception or not.
 */
export const detectionFilterInput = z.strictObject({
  from: timeBound.optional(),
  to: timeBound.optional(),
  ...common,
  group: many(z.uuid('Enter the ID of a group.')),
  'group!': many(z.uuid('Enter the ID of a group.')),
  mark: many(markValue),
  'mark!': many(markValue),
  alert: z.enum(['firing', 'resolved']).optional(),
  expected: z.enum(['true', 'false']).optional(),
});
export type DetectionFilterInput = z.input<typeof detectionFilterInput>;
export type DetectionFilter = z.output<typeof detectionFilterInput>;

export const listDetectionsInput = detectionFilterInput.extend({
  ...page,
  /** Received at or after this time, oldest first: for whoever copies the list. */
  updatedSince: z.iso.datetime({ offset: true }).optional(),
});
export type ListDetectionsInput = z.input<typeof listDetectionsInput>;

export const detectionDto = z.object({
  id: z.uuid(),
  groupId: z.uuid(),
  kind: kindValue,
  rule: z.string(),
  source: z.string(),
  severity: severityName,
  severitySteps: z.array(severityStepDto),
  priority: z.string(),
  /** The priority as it was sent, where it is none of Falco's. */
  priorityGiven: z.string().nullable(),
  host: z.string().nullable(),
  namespace: z.string().nullable(),
  output: z.string(),
  receivedAt: z.string(),
  /** The source's own time, where it can be used. */
  eventAt: z.string(),
  /** As the source wrote it, with all its decimals. */
  eventTime: z.string(),
  deliveries: z.number().int(),
  /** How many events it stands for. */
  weight: z.number().int(),
  marks: z.array(markValue),
  exception: z.string().nullable(),
  sender: z.object({ type: z.string(), id: z.uuid().nullable(), label: z.string() }),
  alert: z
    .object({
      state: z.enum(['firing', 'resolved']),
      fingerprint: z.string(),
      endsAt: dateText.nullable(),
      resolvedAt: dateText.nullable(),
    })
    .nullable(),
  isTest: z.boolean(),
});
export type DetectionDto = z.infer<typeof detectionDto>;

/** `searchedTo`: how far back a search came that looks at a bounded number of rows, where the page is not full. */
export const detectionListDto = z.object({
  items: z.array(detectionDto),
  nextCursor: z.string().nullable(),
  searchedTo: z.string().optional(),
});
export type DetectionListDto = z.infer<typeof detectionListDto>;

export const fieldDto = z.object({
  name: z.string(),
  text: z.string(),
  kind: z.enum(['text', 'number', 'boolean', 'list', 'object', 'null']),
});
export type FieldDto = z.infer<typeof fieldDto>;

export const processDto = z.object({
  /** 0 is the process itself, 1 its parent, and so on. */
  generation: z.number().int(),
  name: z.string(),
  commandLine: z.string().nullable(),
  executable: z.string().nullable(),
  pid: z.string().nullable(),
});
export type ProcessDto = z.infer<typeof processDto>;

export const detectionDetailDto = z.object({
  detection: detectionDto,
  group: groupDto,
  fields: z.array(fieldDto),
  /** From the oldest ancestor that the event names to the process itself; empty where it names none. */
  processes: z.array(processDto),
  tags: z.array(z.string()),
  /** Its JSON as it was received; what Bulwark took out is said by the mark `secret_redacted`. */
  raw: z.string(),
  /** The audit event of its receipt, which holds the digest of the whole body. */
  auditEventId: z.uuid(),
});
export type DetectionDetailDto = z.infer<typeof detectionDetailDto>;

export const GROUP_FACETS = [
  'severity',
  'state',
  'rule',
  'kind',
  'source',
  'namespace',
  'host',
  'technique',
] as const;
export type GroupFacet = (typeof GROUP_FACETS)[number];
export const DETECTION_FACETS = ['severity', 'rule', 'kind', 'source', 'namespace', 'host'] as const;
export type DetectionFacet = (typeof DETECTION_FACETS)[number];

const facetValue = z.object({
  value: z.string(),
  label: z.string(),
  count: z.number().int(),
  /** At least so many. */
  isCapped: z.boolean(),
});
export const groupFacetsDto = z.object({ facets: z.record(z.enum(GROUP_FACETS), z.array(facetValue)) });
export type GroupFacetsDto = z.infer<typeof groupFacetsDto>;
export const detectionFacetsDto = z.object({
  facets: z.record(z.enum(DETECTION_FACETS), z.array(facetValue)),
});
export type DetectionFacetsDto = z.infer<typeof detectionFacetsDto>;

/** Events of each part of the range by severity: all of them, or those that were kept. */
export const detectionHistogramDto = z.object({
  from: dateText,
  to: dateText,
  bucketSeconds: z.number().int(),
  total: z.number().int(),
  buckets: z.array(z.object({ start: dateText, counts: z.record(z.string(), z.number().int()) })),
});
export type DetectionHistogramDto = z.infer<typeof detectionHistogramDto>;

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export const exportGroupsInput = groupFilterInput.extend({ format: z.enum(EXPORT_FORMATS) });
export type ExportGroupsInput = z.input<typeof exportGroupsInput>;
export const exportDetectionsInput = detectionFilterInput.extend({ format: z.enum(EXPORT_FORMATS) });
export type ExportDetectionsInput = z.input<typeof exportDetectionsInput>;
