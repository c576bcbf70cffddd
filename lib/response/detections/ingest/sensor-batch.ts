import { HOUR_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { type FalcoEvent, isInternal } from '@/lib/response/detections/parse/falco-event';
import { scalarOf } from '@/lib/response/detections/parse/fields';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import type { Origin } from './drafts';
import type { ReceivedEvent, ReceivedMessage } from './received';

/** A sensor as a batch works on it. */
export interface SensorDraft {
  id: string;
  kind: 'falco' | 'alertmanager';
  senderType: string;
  senderId: string;
  host: string;
  firstSeenMs: number;
  lastEventMs: number | null;
  lastHeartbeatMs: number | null;
  recentGaps: number[];
  version: string | null;
  kernel: string | null;
  engine: string | null;
  facts: Record<string, string>;
  events: number;
  clockOffsetMs: number | null;
  clockMs: number | null;
  isNew: boolean;
}

export interface SensorHour {
  sensorId: string;
  hourMs: number;
  events: number;
  heartbeats: number;
  seen: number;
  dropped: number;
}

export type SensorKey = `${'falco' | 'alertmanager'} ${string} ${string} ${string}`;
export const sensorKey = (
  kind: 'falco' | 'alertmanager',
  origin: Pick<Origin, 'type' | 'id'>,
  host: string,
): SensorKey => `${kind} ${origin.type} ${origin.id ?? ''} ${host}`;

const SNAPSHOT = 'Falco internal: metrics snapshot';
const DROP = 'Falco internal: syscall event drop';
/** Several sources of one Falco report within a moment; a gap of more than a day is a stop, no interval. */
const GAP_LEAST_MS = 30_000;
const GAP_MOST_MS = 25 * HOUR_MS;
const GAPS_KEPT = 5;
const FACT_MAX = 200;
const FACT_FIELDS: readonly [field: string, fact: string][] = [
  ['falco.sha256_config_file.falco_yaml', 'config'],
  ['falco.sha256_rules_file.falco_rules_yaml', 'rules'],
  ['falco.outputs_queue_num_drops', 'outputs_dropped'],
  ['falco.rules.matches_total', 'matches'],
  ['falco.host_num_cpus', 'cpus'],
];

/** A number in a field, as Falco writes it: also as a text. */
function numberIn(event: FalcoEvent, name: string): number | null {
  const text = scalarOf(event.values, name);
  if (text === null) return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : null;
}

/** System calls seen and lost since the last snapshot. */
function snapshotCounts(event: FalcoEvent): { seen: number; dropped: number } {
  const delta = (now: string, before: string) => {
    const [current, previous] = [numberIn(event, now), numberIn(event, before)];
    return current === null || previous === null ? null : Math.max(0, current - previous);
  };
  const seen =
    delta('scap.n_evts', 'scap.n_evts_prev') ?? delta('falco.num_evts', 'falco.num_evts_prev') ?? 0;
  const dropped = delta('scap.n_drops', 'scap.n_drops_prev');
  const percent = Number(scalarOf(event.values, 'scap.n_drops_perc') ?? '0');
  const byPercent =
    Number.isFinite(percent) && percent > 0 ? Math.round((seen * Math.min(percent, 100)) / 100) : 0;
  return { seen, dropped: Math.max(dropped ?? 0, byPercent) };
}

/** What a drop notice says: `n_drops`, or the number in its sentence. */
function dropCounts(event: FalcoEvent): { seen: number; dropped: number } {
  const said = /([\d]+) system calls dropped/.exec(event.output)?.[1];
  return {
    seen: numberIn(event, 'n_evts') ?? 0,
    dropped:
      numberIn(event, 'n_drops') ??
      (said === undefined ? 0 : Math.min(Number(said), Number.MAX_SAFE_INTEGER)),
  };
}

/** Snapshots count drops as well: a notice adds to them only where there are none. */
function takeDrop(hour: SensorHour, event: FalcoEvent): void {
  if (hour.heartbeats > 0) return;
  const { seen, dropped } = dropCounts(event);
  hour.seen += seen;
  hour.dropped += dropped;
}

/** What a batch says of the sensors that sent it. */
export class SensorBatch {
  private readonly sensors = new Map<SensorKey, SensorDraft>();
  private readonly heard = new Set<SensorDraft>();
  private readonly hourly = new Map<string, SensorHour>();

  constructor(
    known: readonly SensorDraft[],
    private readonly policy: DetectionPolicy,
  ) {
    for (const sensor of known) {
      const { kind, senderType, senderId, host } = sensor;
      this.sensors.set(sensorKey(kind, { type: senderType, id: senderId }, host), sensor);
    }
  }

  /** Sensors that this batch heard of. */
  get touched(): SensorDraft[] {
    return [...this.heard];
  }

  get hours(): SensorHour[] {
    return [...this.hourly.values()];
  }

  /** An event of Falco: a detection, or what the sensor says of itself. */
  takeEvent({ event, receivedMs, origin }: ReceivedEvent): void {
    if (event.hostname === null) return;
    const sensor = this.sensorOf('falco', origin, event.hostname, receivedMs);
    if (!sensor) return;
    const hour = this.hourOf(sensor, receivedMs);
    if (event.time.ms !== null) noteClock(sensor, receivedMs - event.time.ms, receivedMs);
    if (!isInternal(event)) {
      sensor.events += 1;
      hour.events += 1;
      sensor.lastEventMs = Math.max(sensor.lastEventMs ?? 0, receivedMs);
    } else if (event.rule === SNAPSHOT) this.takeSnapshot(sensor, hour, event, receivedMs);
    else if (event.rule === DROP) takeDrop(hour, event);
  }

  /** A message of Alertmanager; an alert that always fires is its heartbeat. */
  takeMessage({ message, receivedMs, origin }: ReceivedMessage): void {
    const sensor = this.sensorOf('alertmanager', origin, hostOf(message.externalUrl), receivedMs);
    if (!sensor) return;
    const { heartbeats } = this.policy.alertmanager;
    const isBeat = message.alerts.some(
      ({ alertname, isResolved }) => heartbeats.has(alertname) && !isResolved,
    );
    const others = message.alerts.filter(({ alertname }) => !heartbeats.has(alertname)).length;
    const hour = this.hourOf(sensor, receivedMs);
    sensor.events += others;
    hour.events += others;
    sensor.lastEventMs = Math.max(sensor.lastEventMs ?? 0, receivedMs);
    if (isBeat) this.beat(sensor, hour, receivedMs);
  }

  private takeSnapshot(sensor: SensorDraft, hour: SensorHour, event: FalcoEvent, receivedMs: number): void {
    this.beat(sensor, hour, receivedMs);
    const { seen, dropped } = snapshotCounts(event);
    hour.seen += seen;
    hour.dropped += dropped;
    sensor.version = scalarOf(event.values, 'falco.version')?.slice(0, FACT_MAX) ?? sensor.version;
    sensor.kernel = scalarOf(event.values, 'falco.kernel_release')?.slice(0, FACT_MAX) ?? sensor.kernel;
    sensor.engine = scalarOf(event.values, 'scap.engine_name')?.slice(0, FACT_MAX) ?? sensor.engine;
    for (const [field, fact] of FACT_FIELDS) {
      const value = scalarOf(event.values, field);
      if (value !== null) sensor.facts = { ...sensor.facts, [fact]: value.slice(0, FACT_MAX) };
    }
  }

  private beat(sensor: SensorDraft, hour: SensorHour, receivedMs: number): void {
    hour.heartbeats += 1;
    const gapMs = receivedMs - (sensor.lastHeartbeatMs ?? receivedMs);
    if (gapMs >= GAP_LEAST_MS && gapMs <= GAP_MOST_MS) {
      sensor.recentGaps = [...sensor.recentGaps, Math.round(gapMs / 1000)].slice(-GAPS_KEPT);
    }
    sensor.lastHeartbeatMs = Math.max(sensor.lastHeartbeatMs ?? 0, receivedMs);
  }

  private sensorOf(
    kind: SensorDraft['kind'],
    origin: Origin,
    host: string,
    receivedMs: number,
  ): SensorDraft | undefined {
    if (origin.id === null) return undefined;
    const key = sensorKey(kind, origin, host);
    const known = this.sensors.get(key);
    if (known) {
      this.heard.add(known);
      return known;
    }
    const sensor: SensorDraft = {
      id: newId(receivedMs),
      kind,
      senderType: origin.type,
      senderId: origin.id,
      host,
      firstSeenMs: receivedMs,
      lastEventMs: null,
      lastHeartbeatMs: null,
      recentGaps: [],
      version: null,
      kernel: null,
      engine: null,
      facts: {},
      events: 0,
      clockOffsetMs: null,
      clockMs: null,
      isNew: true,
    };
    this.sensors.set(key, sensor);
    this.heard.add(sensor);
    return sensor;
  }

  private hourOf({ id }: SensorDraft, receivedMs: number): SensorHour {
    const hourMs = Math.floor(receivedMs / HOUR_MS) * HOUR_MS;
    const key = `${id} ${hourMs}`;
    const known = this.hourly.get(key);
    if (known) return known;
    const hour = { sensorId: id, hourMs, events: 0, heartbeats: 0, seen: 0, dropped: 0 };
    this.hourly.set(key, hour);
    return hour;
  }
}

/** The least of an hour: what the way takes only adds to it. */
function noteClock(sensor: SensorDraft, offsetMs: number, receivedMs: number): void {
  const { clockOffsetMs, clockMs } = sensor;
  const isOld = clockMs === null || receivedMs - clockMs > HOUR_MS;
  if (!isOld && clockOffsetMs !== null && Math.abs(clockOffsetMs) <= Math.abs(offsetMs)) return;
  sensor.clockOffsetMs = Math.round(offsetMs);
  sensor.clockMs = receivedMs;
}

function hostOf(externalUrl: string): string {
  return URL.canParse(externalUrl)
    ? new URL(externalUrl).host.slice(0, 253) || 'alertmanager'
    : 'alertmanager';
}

/** Hosts of the sensors that a batch may name. */
export function sensorHostsOf(
  events: readonly ReceivedEvent[],
  messages: readonly ReceivedMessage[],
): string[] {
  const hosts = events.flatMap(({ event }) => event.hostname ?? []);
  return [...new Set([...hosts, ...messages.map(({ message }) => hostOf(message.externalUrl))])];
}
