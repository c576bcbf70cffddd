import { TZDate } from '@date-fns/tz';
import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';

/** What one actor did in one hour from one network, with one result. */
export interface Activity {
  hourMs: number;
  /** `user:<id>`, `key:<id>` or `anonymous:<label>`. */
  actor: string;
  label: string;
  action: string;
  /** The /24 or /64; empty where there was no address. */
  network: string;
  result: 'ok' | 'refused' | 'bad_credential';
  count: number;
}

/** Rows that stop when something is broken, by the actions that show them alive. */
export const SOURCES: Readonly<Record<string, readonly string[]>> = {
  'decisions of the gate': ['gate.verify', 'gate.authorize'],
  'imports of scans': ['scan.imported'],
  'runs of the checklist': ['checklist.run_finished'],
};

interface Moment {
  day: number;
  /** The hour of the week, 0 to 167, where the tenant is. */
  slot: number;
}

/** The local day and hour of the week of an hour, remembered: rules ask for few different ones. */
export class LocalClock {
  private readonly known = new Map<number, Moment>();

  constructor(private readonly timeZone: string) {}

  at(hourMs: number): Moment {
    let moment = this.known.get(hourMs);
    if (!moment) {
      const local = new TZDate(hourMs, this.timeZone);
      const day = Math.floor((hourMs - local.getTimezoneOffset() * 60_000) / DAY_MS);
      moment = { day, slot: local.getDay() * 24 + local.getHours() };
      this.known.set(hourMs, moment);
    }
    return moment;
  }
}

interface Past {
  firstMs: number;
  /** Network or action to the last hour with it. */
  networks: Map<string, number>;
  actions: Map<string, number>;
  days: Set<number>;
  slotDays: Map<number, Set<number>>;
  hours: Map<number, number>;
}

/** What came before the hour that a rule looks at. Rows are added in the order of their hours. */
export class History {
  private readonly actors = new Map<string, Past>();
  private readonly sources = new Map<string, number[]>();
  /** Refused credentials by hour, of actors and of networks. */
  private readonly refusals = new Map<string, Map<number, number>>();
  firstMs: number | null = null;

  constructor(readonly clock: LocalClock) {}

  add(row: Activity): void {
    this.firstMs ??= row.hourMs;
    const past = this.pastOf(row);
    const { day, slot } = this.clock.at(row.hourMs);
    if (row.result === 'ok') {
      past.networks.set(row.network, row.hourMs);
      past.actions.set(row.action, row.hourMs);
      past.days.add(day);
      const days = past.slotDays.get(slot) ?? new Set();
      past.slotDays.set(slot, days.add(day));
    }
    if (row.result === 'bad_credential') {
      this.addRefusals(row.actor, row);
      if (row.network !== '') this.addRefusals(`network:${row.network}`, row);
    }
    past.hours.set(row.hourMs, (past.hours.get(row.hourMs) ?? 0) + row.count);
    for (const [source, actions] of Object.entries(SOURCES)) {
      if (!actions.includes(row.action)) continue;
      const hours = this.sources.get(source) ?? [];
      if (hours.at(-1) !== row.hourMs) hours.push(row.hourMs);
      this.sources.set(source, hours);
    }
  }

  private pastOf({ actor, hourMs }: Activity): Past {
    let past = this.actors.get(actor);
    if (!past) {
      past = {
        firstMs: hourMs,
        networks: new Map(),
        actions: new Map(),
        days: new Set(),
        slotDays: new Map(),
        hours: new Map(),
      };
      this.actors.set(actor, past);
    }
    return past;
  }

  private addRefusals(subject: string, { hourMs, count }: Activity): void {
    const hours = this.refusals.get(subject) ?? new Map<number, number>();
    this.refusals.set(subject, hours.set(hourMs, (hours.get(hourMs) ?? 0) + count));
  }

  /** The most credentials refused in an hour of an actor or of `network:<network>`. */
  mostRefusals(subject: string): number {
    return Math.max(0, ...(this.refusals.get(subject)?.values() ?? []));
  }

  /** Of an actor; undefined where it was never seen. */
  of(actor: string): Readonly<Past> | undefined {
    return this.actors.get(actor);
  }

  /** The hours in which a source said something, oldest first. */
  hoursOf(source: string): readonly number[] {
    return this.sources.get(source) ?? [];
  }

  /** Days of history before an hour. */
  daysBefore(hourMs: number): number {
    return this.firstMs === null ? 0 : (hourMs - this.firstMs) / DAY_MS;
  }
}

export const floorHour = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;
