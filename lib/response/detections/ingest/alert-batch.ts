import { MINUTE_MS } from '@/lib/platform/core/clock';
import { entitiesOfAlert } from '@/lib/response/detections/judge/entities';
import type { ExceptionSet } from '@/lib/response/detections/judge/exceptions';
import { alertGroupKeyOf } from '@/lib/response/detections/judge/scope';
import { judgeAlert, severityRank } from '@/lib/response/detections/judge/severity';
import { type AlertEpisode, labelLine } from '@/lib/response/detections/parse/alertmanager-message';
import { digestOfParts } from '@/lib/response/detections/parse/identity';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import type { DetectionDraft, Sums } from './drafts';
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
import type { ReceivedMessage } from './received';

/** An episode as the database has it. */
export interface KnownEpisode {
  id: string;
  groupId: string;
  /** Hex. */
  identity: string;
  alertState: 'firing' | 'resolved';
  resolvedMs: number | null;
}

/** What a message changes in an episode that is there already. */
export interface EpisodeChange {
  id: string;
  alertState: 'firing' | 'resolved';
  endsMs: number | null;
  resolvedMs: number | null;
  /** Further messages that named it. */
  messages: number;
  lastReceivedMs: number;
}

/**
 * A message that says "firing" so soon after another said "resolved" of the same episode is a late copy, from the other
 * one of a pair or from a queue. After that the alert came back with its old start, as it does when Prometheus restarts.
 */
const LATE_COPY_MS = 10 * MINUTE_MS;

interface Live {
  groupId: string;
  alertState: 'firing' | 'resolved';
  resolvedMs: number | null;
  draft: DetectionDraft | null;
  change: EpisodeChange | null;
  id: string;
}

const UNNAMED = 'unnamed alert';

/** What a batch of messages comes to: episodes by fingerprint and start, groups by Alertmanager's group key. */
export class AlertBatch {
  readonly groups = new Map<string, GroupDraft>();
  readonly detections: DetectionDraft[] = [];
  private readonly ids = new IdSequence();
  private readonly episodes = new Map<string, Live>();
  private readonly keyed: { key: string; received: ReceivedMessage; alerts: AlertEpisode[] }[];

  constructor(
    messages: readonly ReceivedMessage[],
    private readonly options: { policy: DetectionPolicy; exceptions: ExceptionSet; sums: Sums },
  ) {
    const { heartbeats } = options.policy.alertmanager;
    this.keyed = messages.flatMap((received) => {
      const alerts = received.message.alerts.filter(({ alertname }) => !heartbeats.has(alertname));
      const isBeatOnly = alerts.length === 0 && received.message.alerts.length > 0;
      return isBeatOnly ? [] : [{ key: keyOf(received), received, alerts }];
    });
  }

  get keys(): string[] {
    return [...new Set(this.keyed.map(({ key }) => key))];
  }

  /** Identities of episodes by the key of their group. */
  get identities(): string[] {
    return [...new Set(this.keyed.flatMap(({ alerts }) => alerts.map(episodeIdentity)))];
  }

  get changes(): EpisodeChange[] {
    return [...this.episodes.values()].flatMap(({ change }) => change ?? []);
  }

  run(groups: readonly GroupDraft[], known: readonly KnownEpisode[]): void {
    for (const group of groups) this.groups.set(group.key, group);
    for (const { groupId, identity, id, alertState, resolvedMs } of known) {
      this.episodes.set(`${groupId} ${identity}`, {
        id,
        groupId,
        alertState,
        resolvedMs,
        draft: null,
        change: null,
      });
    }
    for (const one of this.keyed) this.takeMessage(one);
  }

  private takeMessage({
    key,
    received,
    alerts,
  }: {
    key: string;
    received: ReceivedMessage;
    alerts: AlertEpisode[];
  }): void {
    const { receivedMs, message } = received;
    const known = this.groups.get(key);
    if (!known && alerts.length === 0) return;
    const group = known ?? this.open(key, received, alerts);
    const isNewest = receivedMs >= group.lastReceivedMs;
    for (const alert of alerts) this.takeAlert(group, received, alert);
    noteTimes(group, receivedMs, receivedMs);
    if (isNewest) group.truncated = message.truncated;
    const isOver = group.firing === 0 && group.truncated === 0;
    if (!isOver) group.resolvedMs = null;
    else if (group.episode > 0) group.resolvedMs ??= receivedMs;
  }

  private takeAlert(group: GroupDraft, received: ReceivedMessage, alert: AlertEpisode): void {
    const known = this.episodes.get(`${group.id} ${episodeIdentity(alert)}`);
    if (known) this.update(group, known, received, alert);
    else this.add(group, received, alert);
  }

  private update(group: GroupDraft, known: Live, { receivedMs }: ReceivedMessage, alert: AlertEpisode): void {
    const before = known.alertState;
    if (alert.isResolved && before === 'firing') {
      known.alertState = 'resolved';
      known.resolvedMs = receivedMs;
      group.firing = Math.max(0, group.firing - 1);
    } else if (
      !alert.isResolved &&
      before === 'resolved' &&
      receivedMs - (known.resolvedMs ?? 0) > LATE_COPY_MS
    ) {
      known.alertState = 'firing';
      known.resolvedMs = null;
      if (group.resolvedMs !== null || group.state === 'closed') openEpisode(group, receivedMs, false);
      group.firing += 1;
    }
    const { alertState, resolvedMs, draft } = known;
    const endsMs = alertState === 'resolved' ? alert.endsAt.ms : null;
    const isEnd = alert.isResolved || alertState === 'firing';
    if (draft) {
      Object.assign(draft, {
        alertState,
        resolvedMs,
        deliveries: draft.deliveries + 1,
        ...(isEnd ? { endsMs } : {}),
      });
      return;
    }
    const earlier = known.change;
    known.change = {
      id: known.id,
      alertState,
      resolvedMs,
      endsMs: isEnd ? endsMs : (earlier?.endsMs ?? null),
      messages: (earlier?.messages ?? 0) + 1,
      lastReceivedMs: Math.max(receivedMs, earlier?.lastReceivedMs ?? 0),
    };
  }

  private add(group: GroupDraft, received: ReceivedMessage, alert: AlertEpisode): void {
    const { exceptions, sums } = this.options;
    const { receivedMs } = received;
    const values = Object.fromEntries(alert.labels.map(({ name, text }) => [name, text]));
    const exception = exceptions.covering('alertmanager', alert.alertname, values);
    const isBack = group.resolvedMs !== null || group.state === 'closed';
    if (group.episode === 0 || (isBack && !alert.isResolved))
      openEpisode(group, receivedMs, exception !== null);
    else if (exception === null && !alert.isResolved) noteUnexpected(group);
    if (exception) {
      group.expected += 1;
      sums.addCovered(exception.id);
    }
    const entities = entitiesOfAlert(alert);
    const host = entities.find(({ type }) => type === 'host')?.value ?? null;
    const draft = this.draftOf(group, received, alert, {
      host,
      namespace: Object.hasOwn(values, 'namespace') ? (values.namespace ?? null) : null,
      exception: exception?.id ?? null,
    });
    this.count(group, draft, alert);
    sums.add({
      ...{ groupId: group.id, host: host ?? '', namespace: draft.namespace ?? '', rule: draft.rule },
      ...{ severityRank: draft.severityRank, receivedMs, stored: 1, count: 1 },
    });
    sums.addEntities(group.id, entities, receivedMs);
  }

  private count(group: GroupDraft, draft: DetectionDraft, alert: AlertEpisode): void {
    if (!alert.isResolved) group.firing += 1;
    Object.assign(group, {
      count: group.count + 1,
      episodeCount: group.episodeCount + 1,
      represented: group.episodeCount + 1,
      stored: group.stored + 1,
      output: shortOutput(draft.output),
    });
    if (!alert.isResolved || group.count === 1) {
      const { severity, severityRank: rank, severitySteps, priority } = draft;
      Object.assign(group, { severity, severityRank: rank, severitySteps, priority });
    }
    noteHost(group, draft.host);
    noteTimes(group, draft.receivedMs, draft.eventMs);
    noteFields(group, alert.labels);
    this.detections.push(draft);
    this.episodes.set(`${group.id} ${draft.identity}`, {
      id: draft.id,
      groupId: group.id,
      alertState: draft.alertState ?? 'firing',
      resolvedMs: draft.resolvedMs,
      draft,
      change: null,
    });
  }

  private draftOf(
    group: GroupDraft,
    { receivedMs, deliveryId, origin, isTest }: ReceivedMessage,
    alert: AlertEpisode,
    more: Pick<DetectionDraft, 'host' | 'namespace' | 'exception'>,
  ): DetectionDraft {
    const judged = judgeAlert(alert.severityGiven, this.options.policy);
    return {
      id: this.ids.next(receivedMs),
      groupId: group.id,
      episode: group.episode,
      kind: 'alertmanager',
      receivedMs,
      eventMs: alert.startsAt.ms ?? receivedMs,
      eventTime: alert.startsAt.text,
      rule: alert.alertname,
      source: 'alertmanager',
      priority: alert.severityGiven ?? 'none',
      priorityGiven: null,
      severity: judged.severity,
      severityRank: severityRank(judged.severity),
      severitySteps: judged.steps,
      output: alert.summary || labelLine(alert.labels),
      raw: alert.raw,
      identity: episodeIdentity(alert),
      deliveries: 1,
      weight: 1,
      marks: [...alert.marks],
      deliveryId,
      origin,
      isTest,
      alertState: alert.isResolved ? 'resolved' : 'firing',
      fingerprint: alert.fingerprint,
      endsMs: alert.isResolved ? alert.endsAt.ms : null,
      resolvedMs: alert.isResolved ? receivedMs : null,
      ...more,
    };
  }

  private open(
    key: string,
    { message, receivedMs, isTest }: ReceivedMessage,
    alerts: readonly AlertEpisode[],
  ): GroupDraft {
    const [first] = alerts;
    const named = message.groupLabels.find(({ name }) => name === 'alertname')?.text;
    const judged = judgeAlert(first?.severityGiven ?? null, this.options.policy);
    const labels = message.groupLabels.filter(({ name }) => name !== 'alertname');
    const label = (name: string) => message.groupLabels.find((one) => one.name === name)?.text ?? null;
    const group = newGroup(
      {
        key,
        kind: 'alertmanager',
        rule: named || first?.alertname || UNNAMED,
        source: 'alertmanager',
        scopeKind: 'alertmanager',
        scope: labelLine(labels) || message.receiver || message.groupKey.slice(0, 300),
        namespace: label('namespace'),
        workload: null,
        container: null,
        image: null,
        host: null,
        priority: first?.severityGiven ?? 'none',
        maturity: 'unknown',
        severity: judged.severity,
        severityRank: severityRank(judged.severity),
        severitySteps: judged.steps,
        techniques: [],
        tactics: [],
        tags: [],
        isTest,
      },
      receivedMs,
      first?.startsAt.ms ?? receivedMs,
    );
    this.groups.set(key, group);
    return group;
  }
}

function keyOf({ message, isTest }: ReceivedMessage): string {
  const own = alertGroupKeyOf(message.groupKey);
  return (isTest ? digestOfParts(['test', own.toString('hex')]) : own).toString('hex');
}

/** One episode of an alert: the same alert that fires again has the same fingerprint and another start. */
function episodeIdentity({ fingerprint, startsAt }: AlertEpisode): string {
  return digestOfParts([fingerprint, startsAt.text]).toString('hex');
}
