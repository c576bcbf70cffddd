import { DAY_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import type {
  DetectionSeverity,
  GroupState,
  ScopeKind,
  SeverityStepDto,
} from '@/lib/response/detections/contract';
import type { EventField } from '@/lib/response/detections/parse/fields';

/** A group as a batch works on it; times in Unix milliseconds. */
export interface GroupDraft {
  id: string;
  /** Hex. */
  key: string;
  kind: 'falco' | 'alertmanager';
  rule: string;
  source: string;
  scopeKind: ScopeKind;
  scope: string;
  namespace: string | null;
  workload: string | null;
  container: string | null;
  image: string | null;
  host: string | null;
  priority: string;
  maturity: string;
  severity: DetectionSeverity;
  severityRank: number;
  severitySteps: SeverityStepDto[];
  techniques: string[];
  tactics: string[];
  tags: string[];
  state: GroupState;
  triagedAtMs: number | null;
  episode: number;
  episodeStartedMs: number;
  episodeCount: number;
  represented: number;
  count: number;
  stored: number;
  duplicates: number;
  expected: number;
  hosts: string[];
  differing: Record<string, string[]>;
  firing: number;
  truncated: number;
  resolvedMs: number | null;
  firstMs: number;
  lastMs: number;
  firstReceivedMs: number;
  lastReceivedMs: number;
  output: string;
  isTest: boolean;
  isNew: boolean;
  /** An episode began in this batch, and is worth telling. */
  hasOpened: boolean;
}

/** What a group is like, but for what changes with each event. */
export type GroupShape = Pick<
  GroupDraft,
  | 'key'
  | 'kind'
  | 'rule'
  | 'source'
  | 'scopeKind'
  | 'scope'
  | 'namespace'
  | 'workload'
  | 'container'
  | 'image'
  | 'host'
  | 'priority'
  | 'maturity'
  | 'severity'
  | 'severityRank'
  | 'severitySteps'
  | 'techniques'
  | 'tactics'
  | 'tags'
  | 'isTest'
>;

const HOSTS_MAX = 200;
const FIELDS_MAX = 32;
const VALUES_MAX = 4;
const VALUE_MAX = 120;
const OUTPUT_MAX = 1_000;
/** An acknowledgement lasts so long; a group that returns later is open again. */
const ACKNOWLEDGED_MS = DAY_MS;
/** What differs in every event says nothing. */
const VOLATILE = /^(?:evt\.(?:time|num|rawtime|datetime)|.*\.(?:pid|ppid|vpid|tid|duration)$|proc\.pid\.ts)/;

export function newGroup(shape: GroupShape, receivedMs: number, eventMs: number): GroupDraft {
  return {
    id: newId(receivedMs),
    ...shape,
    state: 'open',
    triagedAtMs: null,
    episode: 0,
    episodeStartedMs: receivedMs,
    episodeCount: 0,
    represented: 0,
    count: 0,
    stored: 0,
    duplicates: 0,
    expected: 0,
    hosts: [],
    differing: {},
    firing: 0,
    truncated: 0,
    resolvedMs: null,
    firstMs: eventMs,
    lastMs: eventMs,
    firstReceivedMs: receivedMs,
    lastReceivedMs: receivedMs,
    output: '',
    isNew: true,
    hasOpened: false,
  };
}

function stateOfReturn({ state, triagedAtMs }: GroupDraft, receivedMs: number): GroupState {
  const isHeld =
    state === 'acknowledged' && triagedAtMs !== null && receivedMs - triagedAtMs < ACKNOWLEDGED_MS;
  return isHeld ? 'acknowledged' : 'open';
}

/**
 * Begins the group's first or next episode. What is expected does not hide what is still open, and opens nothing.
 */
export function openEpisode(group: GroupDraft, receivedMs: number, isExpected: boolean): void {
  const isUnseen = group.episode > 0 && (group.state === 'open' || group.state === 'acknowledged');
  group.episode += 1;
  group.episodeStartedMs = receivedMs;
  group.episodeCount = 0;
  group.represented = 0;
  group.resolvedMs = null;
  if (!isExpected) group.state = stateOfReturn(group, receivedMs);
  else if (!isUnseen) group.state = 'expected';
  group.hasOpened = !isExpected;
}

/** An event that no exception covers makes a group that was all expected an open one. */
export function noteUnexpected(group: GroupDraft): void {
  if (group.state !== 'expected') return;
  group.state = 'open';
  group.hasOpened = true;
}

export function noteTimes(group: GroupDraft, receivedMs: number, eventMs: number): void {
  group.firstMs = Math.min(group.firstMs, eventMs);
  group.lastMs = Math.max(group.lastMs, eventMs);
  group.firstReceivedMs = Math.min(group.firstReceivedMs, receivedMs);
  group.lastReceivedMs = Math.max(group.lastReceivedMs, receivedMs);
}

export function noteHost(group: GroupDraft, host: string | null): void {
  if (host === null || group.hosts.length >= HOSTS_MAX || group.hosts.includes(host)) return;
  group.hosts = [...group.hosts, host];
}

export const shortOutput = (text: string): string =>
  text.length > OUTPUT_MAX ? `${text.slice(0, OUTPUT_MAX).toWellFormed()}…` : text;

/** Collects some values of each field, of events that are not kept as well: so one sees what differs within a flood. */
export function noteFields(group: GroupDraft, fields: readonly EventField[]): void {
  const { differing } = group;
  for (const { name, text } of fields) {
    if (VOLATILE.test(name)) continue;
    const known = Object.hasOwn(differing, name) ? differing[name] : undefined;
    if (!known && Object.keys(differing).length >= FIELDS_MAX) continue;
    const value = text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX).toWellFormed()}…` : text;
    if (!known) Object.defineProperty(differing, name, { value: [value], enumerable: true, writable: true });
    else if (known.length < VALUES_MAX && !known.includes(value)) known.push(value);
  }
}
