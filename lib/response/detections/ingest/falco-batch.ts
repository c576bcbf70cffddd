import { DAY_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { entitiesOf } from '@/lib/response/detections/judge/entities';
import type { ExceptionSet } from '@/lib/response/detections/judge/exceptions';
import { type Allowance, isSample, takeToken } from '@/lib/response/detections/judge/flood';
import { type EventScope, groupKeyOf, scopeOf } from '@/lib/response/detections/judge/scope';
import {
  judgeFalco,
  type RuleFacts,
  ruleFactsOf,
  severityRank,
} from '@/lib/response/detections/judge/severity';
import { type FalcoEvent, isInternal } from '@/lib/response/detections/parse/falco-event';
import { digestOfParts, identityOf } from '@/lib/response/detections/parse/identity';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import type { DetectionDraft, Origin, Sums } from './drafts';
import {
  type GroupDraft,
  newGroup,
  noteFields,
  noteHost,
  noteTimes,
  noteUnexpected,
  openEpisode,
  shortOutput,
} from './group-draft';
import { IdSequence } from './id-sequence';
import type { ReceivedEvent } from './received';
import type { SensorBatch } from './sensor-batch';

/** An event that was seen before, or in this batch. */
export interface SeenEvent {
  receivedMs: number;
  /** Null for what a sensor says of itself. */
  groupId: string | null;
  /** Null where it was counted and not kept. */
  detectionId: string | null;
}

/** Everything of an event that its place in a group does not change. */
interface Prepared {
  received: ReceivedEvent;
  scope: EventScope;
  facts: RuleFacts;
  /** Hex. */
  key: string;
  identity: string | null;
}

/** The same event within this time is the same delivery again. */
export const SAME_WITHIN_MS = 10 * MINUTE_MS;
/** A time further ahead is not the source's: it would sort before everything for years. */
const AHEAD_MAX_MS = DAY_MS;
/** Groups that a flood may open; what comes beyond is counted in one group of its own. */
export const NEW_GROUPS_MAX = 1_000;
const TOO_MANY = 'Too many new groups';

export interface FalcoBatchOptions {
  policy: DetectionPolicy;
  exceptions: ExceptionSet;
  sums: Sums;
  /** By origin; taken from and written back. */
  allowanceOf: (origin: Origin) => Allowance;
  /** Hears of every event that is not a copy. */
  sensors: SensorBatch;
  /** Groups that were opened within the last minute. */
  newGroups: number;
}

/** What a batch of events comes to. Knows nothing of the database: what it needs is handed in, what it made is read off. */
export class FalcoBatch {
  readonly groups = new Map<string, GroupDraft>();
  readonly detections: DetectionDraft[] = [];
  private readonly ids = new IdSequence();
  /** By identity, of this batch's new events. */
  readonly identities = new Map<string, SeenEvent>();
  /** Further deliveries by detection. */
  readonly redelivered = new Map<string, number>();
  /** Counted and not kept, by origin. */
  readonly summarised = new Map<Origin, number>();
  private readonly prepared: Prepared[];
  private readonly drafts = new Map<string, DetectionDraft>();
  private readonly changed = new Set<string>();
  private newGroups: number;

  constructor(
    events: readonly ReceivedEvent[],
    private readonly options: FalcoBatchOptions,
  ) {
    this.newGroups = options.newGroups;
    this.prepared = events.map((received) => this.prepare(received));
  }

  /** Hex keys of the groups that these events belong to. */
  get keys(): string[] {
    return [
      ...new Set([...this.prepared.map(({ key }) => key), this.overflowKey(false), this.overflowKey(true)]),
    ];
  }

  /** Groups that this batch changed. */
  get touched(): GroupDraft[] {
    return [...this.groups.values()].filter(({ id, isNew }) => isNew || this.changed.has(id));
  }

  get identityDigests(): string[] {
    return [...new Set(this.prepared.flatMap(({ identity }) => identity ?? []))];
  }

  /** @param seen by identity, as the database knows them */
  run(groups: readonly GroupDraft[], seen: ReadonlyMap<string, SeenEvent>): void {
    for (const group of groups) this.groups.set(group.key, group);
    for (const one of this.prepared) {
      const known =
        one.identity === null ? undefined : (this.identities.get(one.identity) ?? seen.get(one.identity));
      if (known && Math.abs(one.received.receivedMs - known.receivedMs) <= SAME_WITHIN_MS)
        this.countAgain(known, one.key);
      else {
        this.options.sensors.takeEvent(one.received);
        this.take(one);
      }
    }
  }

  private prepare(received: ReceivedEvent): Prepared {
    const { event } = received;
    const scope = scopeOf(event);
    const extra = this.options.policy.extraFields.get(event.rule) ?? [];
    const own = groupKeyOf(event, scope, extra);
    const key = received.isTest ? digestOfParts(['test', own.toString('hex')]) : own;
    return {
      received,
      scope,
      facts: ruleFactsOf(event),
      key: key.toString('hex'),
      identity: identityOf(event)?.toString('hex') ?? null,
    };
  }

  private countAgain({ detectionId }: SeenEvent, key: string): void {
    const group = this.groups.get(key);
    if (group) {
      group.duplicates += 1;
      this.changed.add(group.id);
    }
    if (detectionId === null) return;
    const draft = this.drafts.get(detectionId);
    if (draft) draft.deliveries += 1;
    else this.redelivered.set(detectionId, (this.redelivered.get(detectionId) ?? 0) + 1);
  }

  private take(one: Prepared): void {
    const { received, facts } = one;
    const { event, receivedMs, origin } = received;
    if (isInternal(event)) {
      if (one.identity !== null)
        this.identities.set(one.identity, { receivedMs, groupId: null, detectionId: null });
      return;
    }
    const { policy, exceptions, sums } = this.options;
    const judged = judgeFalco(event, facts, policy);
    const exception = exceptions.covering('falco', event.rule, event.values);
    const { eventMs, isRefused } = timeOf(event, receivedMs);
    const hasToken = takeToken(this.options.allowanceOf(origin), receivedMs, policy.floods);
    const group = this.groupOf(one, judged, eventMs, hasToken);
    if (this.beginsEpisode(group, receivedMs)) openEpisode(group, receivedMs, exception !== null);
    else if (exception === null) noteUnexpected(group);
    this.changed.add(group.id);
    group.count += 1;
    group.episodeCount += 1;
    if (exception) {
      group.expected += 1;
      sums.addCovered(exception.id);
    }
    Object.assign(group, { severity: judged.severity, severityRank: severityRank(judged.severity) });
    group.severitySteps = judged.steps;
    group.priority = event.priority;
    noteTimes(group, receivedMs, eventMs);
    noteHost(group, event.hostname);
    noteFields(group, event.fields);
    group.output = shortOutput(event.output || event.rule);
    const isKept = hasToken
      ? isSample(group.episodeCount, policy.floods.keepFirst)
      : group.episodeCount === 1;
    const draft = isKept
      ? this.keep(one, group, { judged, exception: exception?.id ?? null, eventMs, isRefused })
      : null;
    if (!isKept) this.summarised.set(origin, (this.summarised.get(origin) ?? 0) + 1);
    if (one.identity !== null) {
      this.identities.set(one.identity, { receivedMs, groupId: group.id, detectionId: draft?.id ?? null });
    }
    sums.add({
      groupId: group.id,
      host: event.hostname ?? '',
      namespace: one.scope.namespace ?? '',
      rule: event.rule,
      severityRank: severityRank(judged.severity),
      receivedMs,
      stored: isKept ? 1 : 0,
      count: 1,
    });
    sums.addEntities(group.id, entitiesOf(event, received.keys), receivedMs);
  }

  /** After a pause, or after people closed it. What was received late, from a gate's disk, begins none. */
  private beginsEpisode(group: GroupDraft, receivedMs: number): boolean {
    if (group.episode === 0 || group.state === 'closed') return true;
    return receivedMs - group.lastReceivedMs > this.options.policy.grouping.idle;
  }

  private overflowKey(isTest: boolean): string {
    return digestOfParts(['falco', TOO_MANY, isTest ? 'test' : '']).toString('hex');
  }

  private groupOf(
    { received, scope, facts, key }: Prepared,
    judged: ReturnType<typeof judgeFalco>,
    eventMs: number,
    hasToken: boolean,
  ): GroupDraft {
    const known = this.groups.get(key);
    if (known) return known;
    const { event, receivedMs, isTest } = received;
    const isTooMany = !hasToken && this.newGroups >= NEW_GROUPS_MAX;
    const groupKey = isTooMany ? this.overflowKey(isTest) : key;
    const overflow = this.groups.get(groupKey);
    if (overflow) return overflow;
    this.newGroups += 1;
    const about: Pick<
      EventScope,
      'kind' | 'text' | 'namespace' | 'workload' | 'container' | 'image' | 'host'
    > = isTooMany
      ? {
          kind: 'none',
          text: 'several',
          namespace: null,
          workload: null,
          container: null,
          image: null,
          host: null,
        }
      : scope;
    const group = newGroup(
      {
        key: groupKey,
        kind: 'falco',
        rule: isTooMany ? TOO_MANY : event.rule,
        source: event.source,
        scopeKind: about.kind,
        scope: about.text,
        namespace: about.namespace,
        workload: about.workload,
        container: about.container,
        image: about.image,
        host: about.host,
        priority: event.priority,
        maturity: facts.maturity,
        severity: judged.severity,
        severityRank: severityRank(judged.severity),
        severitySteps: judged.steps,
        techniques: facts.techniques,
        tactics: facts.tactics,
        tags: event.tags,
        isTest,
      },
      receivedMs,
      eventMs,
    );
    this.groups.set(groupKey, group);
    return group;
  }

  private keep(
    { received, scope, identity }: Prepared,
    group: GroupDraft,
    more: {
      judged: ReturnType<typeof judgeFalco>;
      exception: string | null;
      eventMs: number;
      isRefused: boolean;
    },
  ): DetectionDraft {
    const { event, receivedMs, deliveryId, origin, isTest } = received;
    const { judged, exception, eventMs, isRefused } = more;
    const marks = [...event.marks];
    if (isRefused) marks.push('time_refused');
    else if (event.time.ms !== null && this.isOff(receivedMs - event.time.ms)) marks.push('clock_differs');
    const draft: DetectionDraft = {
      id: this.ids.next(receivedMs),
      groupId: group.id,
      episode: group.episode,
      kind: 'falco',
      receivedMs,
      eventMs,
      eventTime: event.time.text,
      rule: event.rule,
      source: event.source,
      priority: event.priority,
      priorityGiven: event.priorityGiven,
      severity: judged.severity,
      severityRank: severityRank(judged.severity),
      severitySteps: judged.steps,
      host: event.hostname,
      namespace: scope.namespace,
      output: event.output,
      raw: event.raw,
      identity,
      deliveries: 1,
      weight: group.episodeCount - group.represented,
      marks,
      exception,
      deliveryId,
      origin,
      isTest,
      alertState: null,
      fingerprint: null,
      endsMs: null,
      resolvedMs: null,
    };
    group.stored += 1;
    group.represented = group.episodeCount;
    this.detections.push(draft);
    this.drafts.set(draft.id, draft);
    return draft;
  }

  private isOff(offsetMs: number): boolean {
    return Math.abs(offsetMs) > this.options.policy.sensors.clockOffset;
  }
}

/** The event's own time where it can be used. One three hours ahead is a wrong zone, one of 2035 is none. */
function timeOf({ time }: FalcoEvent, receivedMs: number): { eventMs: number; isRefused: boolean } {
  if (time.ms === null) return { eventMs: receivedMs, isRefused: false };
  const isRefused = time.ms - receivedMs > AHEAD_MAX_MS;
  return { eventMs: isRefused ? receivedMs : time.ms, isRefused };
}
