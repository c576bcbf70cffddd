import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import type { DetectionKind } from '@/lib/response/detections/contract';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import type { SensorState } from '@/lib/response/detections/sensor-contract';

/** What is known of a sensor; times in Unix milliseconds. */
export interface SensorFacts {
  kind: DetectionKind;
  host: string;
  lastEventMs: number | null;
  lastHeartbeatMs: number | null;
  /** Seconds between its last heartbeats. */
  recentGaps: readonly number[];
  /** The worst hour of the last 24, in percent; null where it did not say. */
  dropsPercent: number | null;
  isRetired: boolean;
}

export interface JudgedSensor {
  state: SensorState;
  sentence: string;
  /** Something came of it within the time in which its heartbeat may be missing. */
  isHeard: boolean;
  intervalMs: number;
  isIntervalKnown: boolean;
  /** Since when it is a blind spot; null where it is none. */
  sinceMs: number | null;
}

/** The median: one long silence among five does not move it. */
export function intervalOf(
  gaps: readonly number[],
  standardMs: number,
): { intervalMs: number; isKnown: boolean } {
  if (gaps.length === 0) return { intervalMs: standardMs, isKnown: false };
  const sorted = [...gaps].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return { intervalMs: Math.max(MINUTE_MS, middle * SECOND_MS), isKnown: true };
}

function lasting(ms: number): string {
  if (ms < 2 * HOUR_MS) return `${Math.max(1, Math.round(ms / MINUTE_MS))} min`;
  const hours = Math.round(ms / HOUR_MS);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

const NAMES: Record<DetectionKind, string> = { falco: 'Falco', alertmanager: 'Alertmanager' };

/** Whether a sensor sees: unknown is never well. */
export function judgeSensor(
  sensor: SensorFacts,
  policy: DetectionPolicy['sensors'],
  nowMs: number,
): JudgedSensor {
  const { kind, lastHeartbeatMs, lastEventMs, recentGaps, dropsPercent, isRetired } = sensor;
  const { intervalMs, isKnown } = intervalOf(recentGaps, policy.heartbeat);
  const allowedMs = policy.missedHeartbeats * intervalMs;
  const isHeard = nowMs - Math.max(lastHeartbeatMs ?? 0, lastEventMs ?? 0) <= allowedMs;
  const common = { intervalMs, isIntervalKnown: isKnown, isHeard };
  const name = NAMES[kind];
  if (isRetired)
    return {
      ...common,
      state: 'retired',
      sentence: 'Retired. It counts again when it sends.',
      sinceMs: null,
    };
  if (lastHeartbeatMs !== null && nowMs - lastHeartbeatMs > allowedMs) {
    const silent = lasting(nowMs - lastHeartbeatMs);
    return {
      ...common,
      state: 'silent',
      sentence: `No heartbeat for ${silent}; it reports every ${lasting(intervalMs)}. Check that ${name} is running and can reach the gate.`,
      sinceMs: lastHeartbeatMs + allowedMs,
    };
  }
  if (dropsPercent !== null && dropsPercent > policy.dropsPercent) {
    return {
      ...common,
      state: 'lossy',
      sentence: `It lost up to ${dropsPercent.toFixed(1)}% of system calls in an hour. Give Falco a larger buffer (buf_size_preset) or fewer rules.`,
      sinceMs: nowMs,
    };
  }
  if (lastHeartbeatMs === null) {
    const how =
      kind === 'falco'
        ? 'Turn on metrics in falco.yaml, with output_rule: true.'
        : 'Route an alert that always fires, such as Watchdog, to this receiver.';
    return {
      ...common,
      state: 'unverified',
      sentence: `It sends no heartbeat, so its silence says nothing${isHeard ? '' : `; last event ${lasting(nowMs - (lastEventMs ?? 0))} ago`}. ${how}`,
      sinceMs: null,
    };
  }
  return {
    ...common,
    state: 'healthy',
    sentence: `Heard ${lasting(nowMs - lastHeartbeatMs)} ago.`,
    sinceMs: null,
  };
}

/** The percentage of system calls that were lost; null where none were counted. */
export function lossOf(seen: number, dropped: number): number | null {
  return seen + dropped === 0 ? null : (dropped / Math.max(seen, dropped)) * 100;
}
