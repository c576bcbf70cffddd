import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RotationRules, STANDARD_RULES } from '@/lib/access/api-keys/rotation-contract';
import {
  dueAtMs,
  effectiveRules,
  expiryNotice,
  isInWindow,
  localMoment,
  nextWindowMs,
  pickDueKeys,
  type RotatableKey,
  rotationStep,
} from '@/lib/access/api-keys/rotation-rules';
import { isLive } from '@/lib/access/api-keys/rules';
import {
  addSuccessor,
  applyChanges,
  expireCurrent,
  type KeyVersions,
  promote,
  retireDue,
  type VersionFacts,
  versionIn,
} from '@/lib/access/api-keys/transitions';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';

/** Repeats without a clock or chance of the machine: a small linear congruential generator. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

type Habit = 'prompt' | 'late' | 'never';
interface SimulatedKey {
  id: string;
  owner: string;
  habit: Habit;
  rules: RotationRules;
  versions: VersionFacts[];
  expiresAtMs: number | null;
  createdAtMs: number;
  rotation: {
    openedMs: number;
    deadlineMs: number;
    onUnused: 'escalate' | 'strict';
    isEscalated: boolean;
    fetchAtMs: number;
    useAtMs: number;
  } | null;
  isEndedByPolicy: boolean;
}

const START_MS = Date.UTC(2026, 0, 1);
const firstVersion = (id: string, atMs: number): VersionFacts => ({
  id: `${id}-1`,
  number: 1,
  state: 'current',
  predecessorGraceSeconds: 0,
  activatedAtMs: atMs,
  graceUntilMs: null,
  endedAtMs: null,
  revokedReason: null,
  stateBeforeRevoke: null,
});

/** A year of one tenant, hour by hour, with the very rules and transitions that the worker applies. */
class Year {
  readonly notices = new Map<string, number>();
  readonly begun: { key: SimulatedKey; atMs: number; timeZone: string }[] = [];
  rotated = 0;
  endedByPolicy = 0;
  outages = 0;
  private policy: RotationRules = STANDARD_RULES;
  private timeZone = 'Europe/Berlin';

  constructor(
    private readonly keys: SimulatedKey[],
    private readonly random: () => number,
  ) {}

  private tell(name: string): void {
    this.notices.set(name, (this.notices.get(name) ?? 0) + 1);
  }

  private told = new Set<string>();
  /** The outbox: the same name is told once. */
  private notify(name: string): void {
    if (this.told.has(name)) return;
    this.told.add(name);
    this.tell(name);
  }

  private at(key: SimulatedKey, nowMs: number): KeyVersions {
    const facts = {
      expiresAtMs: key.expiresAtMs,
      disabledAtMs: null,
      revokedAtMs: null,
      revokedReason: null,
    };
    return { key: facts, versions: key.versions, nowMs };
  }

  private planned(key: SimulatedKey): RotatableKey {
    const current = versionIn(key.versions, 'current');
    return {
      keyId: key.id,
      ownerUserId: key.owner,
      rules: effectiveRules(
        this.policy,
        key.rules === STANDARD_RULES
          ? {}
          : { periodDays: key.rules.periodDays, onUnused: key.rules.onUnused },
      ),
      currentSinceMs: current?.activatedAtMs ?? null,
      expiresAtMs: key.expiresAtMs,
      isDisabled: false,
      isRevoked: false,
      isRotating: key.rotation !== null,
    };
  }

  /** Policies change in the middle of the year, and so does the zone. */
  changePolicy(day: number): void {
    if (day === 120)
      this.policy = {
        ...STANDARD_RULES,
        periodDays: 60,
        windowDays: [2, 4],
        windowFrom: '22:00',
        windowTo: '24:00',
      };
    if (day === 200) this.timeZone = 'Pacific/Auckland';
    if (day === 240) this.policy = { ...STANDARD_RULES, isEnabled: false };
    if (day === 260) this.policy = { ...STANDARD_RULES, periodDays: 45, onUnused: 'strict', unusedDays: 14 };
  }

  begin(nowMs: number): void {
    const today = localMoment(nowMs, this.timeZone).date;
    const owners = new Set(
      this.begun
        .filter(({ atMs }) => nowMs - atMs < 2 * DAY_MS && localMoment(atMs, this.timeZone).date === today)
        .map(({ key }) => key.owner),
    );
    const planned = new Map(this.keys.map((key) => [key.id, this.planned(key)]));
    for (const { keyId } of pickDueKeys([...planned.values()], owners, this.timeZone, nowMs)) {
      const key = this.keys.find(({ id }) => id === keyId);
      const rules = planned.get(keyId)?.rules;
      if (!key || !rules) continue;
      expect(isInWindow(rules, localMoment(nowMs, this.timeZone))).toBe(true);
      const waitDays =
        key.habit === 'prompt'
          ? this.random() * 0.2
          : key.habit === 'late'
            ? 3 + this.random() * 20
            : Number.POSITIVE_INFINITY;
      const fetchAtMs = nowMs + waitDays * DAY_MS;
      key.rotation = {
        openedMs: nowMs,
        deadlineMs: nowMs + rules.unusedDays * DAY_MS,
        onUnused: rules.onUnused,
        isEscalated: false,
        fetchAtMs,
        useAtMs: fetchAtMs + this.random() * 2 * DAY_MS,
      };
      this.begun.push({ key, atMs: nowMs, timeZone: this.timeZone });
      this.notify(`due:${key.id}:${nowMs}`);
    }
  }

  settle(key: SimulatedKey, nowMs: number): void {
    key.versions = applyChanges(key.versions, retireDue(this.at(key, nowMs)));
    const { rotation } = key;
    if (!rotation) return;
    const isKeyEnded = key.expiresAtMs !== null && nowMs >= key.expiresAtMs;
    const pending = versionIn(key.versions, 'pending');
    if (!pending && !isKeyEnded && nowMs >= rotation.fetchAtMs && versionIn(key.versions, 'current')) {
      const successorId = `${key.id}-${key.versions.length + 1}`;
      const change = { successorId, start: 'first_use', compromised: false, graceSeconds: 86_400 } as const;
      key.versions = applyChanges(key.versions, addSuccessor(this.at(key, nowMs), change));
    }
    const isUsed =
      !isKeyEnded && versionIn(key.versions, 'pending') !== undefined && nowMs >= rotation.useAtMs;
    if (isUsed) key.versions = applyChanges(key.versions, promote(this.at(key, nowMs), nowMs));
    const facts = {
      onUnused: rotation.onUnused,
      deadlineAtMs: rotation.deadlineMs,
      isEscalated: rotation.isEscalated,
    };
    const step = rotationStep({ ...facts, usedAtMs: isUsed ? nowMs : null, isKeyEnded }, nowMs);
    const name = `${key.id}:${rotation.openedMs}`;
    if (step === 'close') {
      this.rotated += 1;
      key.rotation = null;
      this.notify(`rotated:${name}`);
    } else if (step === 'cancel') {
      key.rotation = null;
    } else if (step === 'expire') {
      key.versions = applyChanges(key.versions, expireCurrent(this.at(key, nowMs)));
      key.isEndedByPolicy = true;
      key.rotation = null;
      this.endedByPolicy += 1;
      this.notify(`ended:${name}`);
    } else if (step !== 'wait') {
      rotation.isEscalated = true;
      this.notify(`${step}:${name}`);
    }
  }

  check(key: SimulatedKey, nowMs: number): void {
    const hasLive = key.versions.some(({ state }) => isLive(state) && state !== 'pending');
    if (!hasLive && !key.isEndedByPolicy) this.outages += 1;
    if (key.expiresAtMs === null) return;
    const notice = expiryNotice({ sinceMs: key.createdAtMs, expiresAtMs: key.expiresAtMs }, nowMs);
    if (notice !== null) this.notify(`expiry-${notice}:${key.id}`);
  }
}

function makeKeys(count: number, random: () => number): SimulatedKey[] {
  const habits: Habit[] = ['prompt', 'prompt', 'prompt', 'late', 'never'];
  return Array.from({ length: count }, (_, i) => {
    const id = `key-${String(i).padStart(4, '0')}`;
    const createdAtMs = START_MS - Math.floor(random() * 90) * DAY_MS;
    return {
      id,
      owner: `owner-${i % 60}`,
      habit: habits[i % habits.length] ?? 'prompt',
      rules: i % 10 === 0 ? { ...STANDARD_RULES, periodDays: 30 } : STANDARD_RULES,
      versions: [firstVersion(id, createdAtMs)],
      expiresAtMs: i % 7 === 0 ? START_MS + Math.floor(40 + random() * 400) * DAY_MS : null,
      createdAtMs,
      rotation: null,
      isEndedByPolicy: false,
    };
  });
}

describe('a year of 1,000 keys', () => {
  it('leaves no key without a live secret unless the policy says so, tells everything once, and spares owners', () => {
    const random = generator(7);
    const keys = makeKeys(1000, random);
    const year = new Year(keys, random);
    for (let hour = 0; hour < 365 * 24; hour += 2) {
      const nowMs = START_MS + hour * HOUR_MS;
      if (hour % 24 === 0) year.changePolicy(hour / 24);
      year.begin(nowMs);
      for (const key of keys) {
        year.settle(key, nowMs);
        year.check(key, nowMs);
      }
    }
    expect(year.outages).toBe(0);
    expect([...year.notices.values()].filter((count) => count !== 1)).toEqual([]);
    const days = year.begun.map(
      ({ key, atMs, timeZone }) => `${key.owner} ${timeZone} ${localMoment(atMs, timeZone).date}`,
    );
    expect(new Set(days).size).toBe(days.length);
    expect(year.begun.length).toBeGreaterThan(1500);
    expect(year.rotated).toBeGreaterThan(1000);
    expect(year.endedByPolicy).toBeGreaterThan(50);
    expect(keys.filter((key) => key.isEndedByPolicy).every((key) => key.habit !== 'prompt')).toBe(true);
    const counts = Object.groupBy(year.notices.keys(), (name) => name.split(':')[0] ?? '');
    expect(Object.keys(counts).sort()).toEqual([
      'due',
      'ended',
      'escalate',
      'expiry-1',
      'expiry-14',
      'expiry-30',
      'expiry-7',
      'expiry-expired',
      'rotated',
      'warn',
    ]);
  }, 120_000);
});

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Pacific/Auckland',
  'Asia/Kathmandu',
  'America/Santiago',
);
const minute = fc.integer({ min: 0, max: 1439 });
const clock = (value: number) =>
  `${String(Math.floor(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`;

describe('the window', () => {
  it('is found again from any moment, in any zone, and is the first one', () => {
    const window = fc
      .record({
        from: minute,
        length: fc.integer({ min: 30, max: 600 }),
        windowDays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      })
      .map(({ from, length, windowDays }) => ({
        windowDays,
        windowFrom: clock(Math.min(from, 1409)),
        windowTo: from + length >= 1440 ? '24:00' : clock(from + length),
      }));
    fc.assert(
      fc.property(
        window,
        zones,
        fc.integer({ min: START_MS, max: START_MS + 365 * DAY_MS }),
        (rules, zone, fromMs) => {
          const found = nextWindowMs(rules, zone, fromMs);
          expect(found).not.toBeNull();
          if (found === null) return;
          expect(isInWindow(rules, localMoment(found, zone))).toBe(true);
          for (let ms = fromMs; ms < found; ms += 17 * MINUTE_MS)
            expect(isInWindow(rules, localMoment(ms, zone))).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not let a key begin before its period is over, or after its end', () => {
    const key: RotatableKey = {
      keyId: 'k',
      ownerUserId: null,
      rules: STANDARD_RULES,
      currentSinceMs: START_MS,
      expiresAtMs: null,
      isDisabled: false,
      isRevoked: false,
      isRotating: false,
    };
    expect(dueAtMs(key)).toBe(START_MS + 90 * DAY_MS);
    expect(dueAtMs({ ...key, expiresAtMs: START_MS + 90 * DAY_MS })).toBeNull();
    expect(dueAtMs({ ...key, isDisabled: true })).toBeNull();
    expect(dueAtMs({ ...key, rules: { ...STANDARD_RULES, isEnabled: false } })).toBeNull();
  });
});
