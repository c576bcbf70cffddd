import { z } from 'zod';

export const DETECTION_KINDS = { falco: 'Falco', alertmanager: 'Alertmanager' } as const;
export type DetectionKind = keyof typeof DETECTION_KINDS;
export const DETECTION_KIND_NAMES = Object.keys(DETECTION_KINDS) as [DetectionKind, ...DetectionKind[]];

/** Worst first, as Falco writes them. */
export const FALCO_PRIORITIES = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;
export type FalcoPriority = (typeof FALCO_PRIORITIES)[number];

/** Worst first. */
export const DETECTION_SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type DetectionSeverity = (typeof DETECTION_SEVERITIES)[number];

/** How well a public rule of Falco is tried; `unknown` for a rule of the team's own. */
export const MATURITIES = ['stable', 'incubating', 'sandbox', 'deprecated', 'unknown'] as const;
export type Maturity = (typeof MATURITIES)[number];

/** What an event lacked, or what was done with it; each is shown with it. */
export const MARKS = {
  incomplete: 'A required field is missing',
  priority_unknown: 'Unknown priority, treated as Warning',
  time_unreadable: 'No readable time; the time of receipt is used',
  time_refused: 'Its time lies in the future; the time of receipt is used',
  clock_differs: 'Its clock differs from the database by more than the limit',
  shortened: 'Shortened by falcosidekick',
  fields_cut: 'It has more than 512 fields; the others are only in the raw event',
  secret_redacted: 'A Bulwark key or token in it was redacted',
} as const;
export type Mark = keyof typeof MARKS;
export const MARK_NAMES = Object.keys(MARKS) as [Mark, ...Mark[]];

/** What a group is about. */
export const SCOPE_KINDS = {
  workload: 'Kubernetes workload',
  image: 'Container image',
  host: 'Host',
  k8s_audit: 'Kubernetes API call',
  alertmanager: 'Alert group',
  none: 'Unknown',
} as const;
export type ScopeKind = keyof typeof SCOPE_KINDS;

/** What people made of a group; a new event reopens a closed one. `expected`: an exception covers all of it. */
export const GROUP_STATES = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  closed: 'Closed',
  expected: 'Expected',
} as const;
export type GroupState = keyof typeof GROUP_STATES;
export const GROUP_STATE_NAMES = Object.keys(GROUP_STATES) as [GroupState, ...GroupState[]];

/** Kinds of things that events name, by which detections are joined to an incident. */
export const ENTITY_TYPES = {
  host: 'Host',
  pod: 'Pod',
  container: 'Container',
  image: 'Image',
  image_digest: 'Image digest',
  address: 'Address',
  account: 'Account',
  key: 'Bulwark key',
  domain: 'Domain',
  file_hash: 'File hash',
} as const;
export type EntityType = keyof typeof ENTITY_TYPES;

export const severityName = z.enum(DETECTION_SEVERITIES);

/** One step in how a severity came about; `change`: levels up or down, null where it was set. */
export const severityStepDto = z.object({
  why: z.string(),
  change: z.number().int().nullable(),
  to: severityName,
});
export type SeverityStepDto = z.infer<typeof severityStepDto>;
