import type {
  DetectionKind,
  DetectionSeverity,
  Mark,
  SeverityStepDto,
} from '@/lib/response/detections/contract';
import type { Entity } from '@/lib/response/detections/judge/entities';

/** Where a delivery came from. */
export interface Origin {
  type: string;
  id: string | null;
  label: string;
}

/** A detection that is kept; times in Unix milliseconds, with microseconds behind the point. */
export interface DetectionDraft {
  id: string;
  groupId: string;
  episode: number;
  kind: DetectionKind;
  receivedMs: number;
  eventMs: number;
  eventTime: string;
  rule: string;
  source: string;
  priority: string;
  priorityGiven: string | null;
  severity: DetectionSeverity;
  severityRank: number;
  severitySteps: SeverityStepDto[];
  host: string | null;
  namespace: string | null;
  output: string;
  raw: string;
  /** Hex. */
  identity: string | null;
  deliveries: number;
  weight: number;
  marks: Mark[];
  exception: string | null;
  deliveryId: string;
  origin: Origin;
  isTest: boolean;
  alertState: 'firing' | 'resolved' | null;
  fingerprint: string | null;
  endsMs: number | null;
  resolvedMs: number | null;
}

/** How many events fell where. */
export interface Tally {
  groupId: string;
  /** Empty where there is none. */
  host: string;
  namespace: string;
  rule: string;
  severityRank: number;
  receivedMs: number;
  stored: number;
  count: number;
}

export interface EntityCount extends Entity {
  groupId: string;
  firstMs: number;
  lastMs: number;
  count: number;
}

/** Sums of a batch, by what they are about. */
export class Sums {
  private readonly tallies = new Map<string, Tally>();
  private readonly entities = new Map<string, EntityCount>();
  /** Events that an exception covers, by its id. */
  readonly covered = new Map<string, number>();
  private static readonly MINUTE = 60_000;

  addCovered(exceptionId: string): void {
    this.covered.set(exceptionId, (this.covered.get(exceptionId) ?? 0) + 1);
  }

  add(tally: Tally): void {
    const minute = Math.floor(tally.receivedMs / Sums.MINUTE) * Sums.MINUTE;
    const { groupId, severityRank, host, namespace, rule } = tally;
    const key = JSON.stringify([groupId, minute, severityRank, host, namespace, rule]);
    const known = this.tallies.get(key);
    if (!known) this.tallies.set(key, { ...tally, receivedMs: minute });
    else {
      known.stored += tally.stored;
      known.count += tally.count;
    }
  }

  addEntities(groupId: string, found: readonly Entity[], atMs: number): void {
    for (const { type, value } of found) {
      const key = `${groupId} ${type} ${value}`;
      const known = this.entities.get(key);
      if (!known) this.entities.set(key, { groupId, type, value, firstMs: atMs, lastMs: atMs, count: 1 });
      else {
        known.firstMs = Math.min(known.firstMs, atMs);
        known.lastMs = Math.max(known.lastMs, atMs);
        known.count += 1;
      }
    }
  }

  get byMinute(): Tally[] {
    return [...this.tallies.values()];
  }

  get entityCounts(): EntityCount[] {
    return [...this.entities.values()];
  }
}
