import type { ConditionalBatch, SnapshotFacts, SnapshotQuestion } from '@/db/gate-rows';
import { type DatabaseClock, monotonicMs } from '@/lib/access/gate/decide/database-clock';
import { DecisionRound } from '@/lib/access/gate/decide/decide';
import type { Decider } from '@/lib/access/gate/decide/identify';
import { limitVerdicts } from '@/lib/access/gate/decide/limits';
import type { EventsQuestion, Question, Verdict } from '@/lib/access/gate/http/question';
import { parseKey } from '@/lib/platform/auth/credential/key-format';
import { parseSourceToken } from '@/lib/platform/auth/credential/source-token';
import type { Limiter } from '@/lib/platform/rate-limit/limiter';
import { auditRowOf } from './audit-row';
import { Batcher, type BatcherOptions, type Settle } from './batcher';

/** A batch with the verdicts that its rows are about. */
export type DecidedBatch<Q extends Question> = ConditionalBatch & { verdicts: Verdict<Q>[] };

/** Where a recorder puts its batches: the audit log alone, or bodies beside it. */
export interface RecordStore<Q extends Question> {
  append(batch: DecidedBatch<Q>, lane: number): Promise<boolean>;
  appendInSnapshot(
    question: SnapshotQuestion,
    decide: (facts: SnapshotFacts) => Promise<Pick<DecidedBatch<Q>, 'rows' | 'notAfterMs' | 'verdicts'>>,
  ): Promise<void>;
  readClock(): Promise<number>;
}

export interface RecorderOptions<Q extends Question> {
  store: RecordStore<Q>;
  decider: Decider;
  limiter: Limiter;
  clock: DatabaseClock;
  questionsPerFlushMax: number;
  waitingMax: number;
  /** Batches of the fast path that may be on their way at once; as many as the store has. */
  lanes: number;
  /** Called after the row of the verdict is committed. */
  onRecorded: (verdict: Verdict<Q>) => void;
  /** Called where the row is not known to be committed. */
  onUnrecorded: (question: Q) => void;
  /** Called once for a batch that failed. */
  onError: (error: unknown, questions: number) => void;
  onFlush: (path: 'fast' | 'slow', questions: number, tookMs: number) => void;
  /** How the batches of the fast path are gathered, where not in crowds of 24. */
  gather?: Partial<Pick<BatcherOptions<Q>, 'crowd' | 'sizeOf' | 'sizePerFlushMax' | 'restMs'>>;
}

/**
 * Postgres works on one batch of this size while the next is read: at 64 requests at a time both lanes are always on
 * their way (docs/decisions/0025). The slow path takes what there is instead: a batch of any size costs it a transaction.
 */
const CROWD = 24;

/**
 * Decides and records, in that order, before anything is answered (promises 1 and 2 of DESIGN 6).
 * Fast: decide from memory, insert if the revisions still stand. Slow, for what memory lacks or was overtaken in:
 * read, decide and insert in one snapshot, which is later than the beginning of every request in it. Either insert
 * refuses where a deadline passed since the decision.
 */
export class Recorder<Q extends Question> {
  private readonly fast: Batcher<Q>;
  private readonly slow: Batcher<Q>;
  private isReadingClock = false;

  constructor(private readonly options: RecorderOptions<Q>) {
    const { questionsPerFlushMax: itemsPerFlushMax, waitingMax, lanes } = options;
    this.fast = new Batcher({
      itemsPerFlushMax,
      waitingMax,
      crowd: CROWD,
      lanes,
      ...options.gather,
      flush: (batch, lane) => this.flushFast(batch, lane),
    });
    const { sizeOf, sizePerFlushMax } = options.gather ?? {};
    this.slow = new Batcher({
      itemsPerFlushMax,
      waitingMax,
      ...(sizeOf ? { sizeOf, sizePerFlushMax } : {}),
      flush: (batch) => this.flushSlow(batch),
    });
  }

  get waiting(): number {
    return this.fast.size + this.slow.size;
  }

  /** Takes the question, unless too many wait. */
  add(question: Q): boolean {
    return this.fast.add(question);
  }

  async drained(): Promise<void> {
    await this.fast.drained();
    await this.slow.drained();
  }

  private defer(question: Q): void {
    if (!this.slow.add(question)) this.options.onUnrecorded(question);
  }

  private async flushFast(batch: Q[], lane: number): Promise<Settle> {
    const startedMs = performance.now();
    let unanswered = batch;
    try {
      this.refreshClock();
      const { missed, ...decided } = this.decideFromMemory(batch);
      unanswered = decided.verdicts.map(({ question }) => question);
      for (const question of missed) this.defer(question);
      if (decided.verdicts.length === 0) return () => undefined;
      const limited = limitVerdicts(this.options.limiter, decided.verdicts);
      if (limited) await limited;
      const isCommitted = await this.options.store.append(this.withRows(decided), lane);
      return () => {
        this.options.onFlush('fast', batch.length, performance.now() - startedMs);
        if (isCommitted) for (const verdict of decided.verdicts) this.options.onRecorded(verdict);
        else for (const question of unanswered) this.defer(question);
      };
    } catch (error) {
      return () => this.giveUp(unanswered, error);
    }
  }

  private withRows<D extends { verdicts: Verdict<Q>[] }>(decided: D): D & Pick<ConditionalBatch, 'rows'> {
    const { clock } = this.options;
    const nowMs = clock.nowMs();
    return { ...decided, rows: decided.verdicts.map((verdict) => auditRowOf(verdict, clock, nowMs)) };
  }

  /** The revisions are those of this moment: what changes them meanwhile makes the insert refuse. */
  private decideFromMemory(
    batch: Q[],
  ): Omit<ConditionalBatch, 'rows'> & { verdicts: Verdict<Q>[]; missed: Q[] } {
    const { clock, decider } = this.options;
    const nowMs = clock.nowMs();
    const round = new DecisionRound(decider, nowMs, false);
    const verdicts: Verdict<Q>[] = [];
    const missed: Q[] = [];
    const revisions = new Map<string, number>();
    let notBeforeMs = 0;
    let notAfterMs = Number.MAX_SAFE_INTEGER;
    for (const question of batch) {
      const verdict = round.decide(question);
      if (verdict === null) {
        missed.push(question);
        continue;
      }
      verdicts.push(verdict);
      const { home, other } = verdict;
      if (home) revisions.set(home.id, home.revision);
      if (other) revisions.set(other.id, other.revision);
      notBeforeMs = Math.max(notBeforeMs, verdict.notBeforeMs);
      notAfterMs = Math.min(notAfterMs, verdict.notAfterMs);
    }
    return { verdicts, missed, revisions, notBeforeMs, notAfterMs };
  }

  /**
   * Reads, decides and records in one snapshot.
   * @throws StoreUnavailableError where it is not known whether the rows are there
   */
  async recordInSnapshot(batch: Q[]): Promise<Verdict<Q>[]> {
    const { store, clock } = this.options;
    let verdicts: Verdict<Q>[] = [];
    await store.appendInSnapshot(this.questionOf(batch), async (facts) => {
      verdicts = this.decideFrom(facts, batch);
      await limitVerdicts(this.options.limiter, verdicts);
      return {
        rows: verdicts.map((verdict) => auditRowOf(verdict, clock, clock.nowMs())),
        notAfterMs: Math.min(Number.MAX_SAFE_INTEGER, ...verdicts.map(({ notAfterMs }) => notAfterMs)),
        verdicts,
      };
    });
    return verdicts;
  }

  private async flushSlow(batch: Q[]): Promise<Settle> {
    const startedMs = performance.now();
    let verdicts: Verdict<Q>[];
    try {
      verdicts = await this.recordInSnapshot(batch);
    } catch (error) {
      return () => this.giveUp(batch, error);
    }
    return () => {
      this.options.onFlush('slow', batch.length, performance.now() - startedMs);
      for (const verdict of verdicts) this.options.onRecorded(verdict);
    };
  }

  private giveUp(questions: Q[], error: unknown): void {
    this.options.onError(error, questions.length);
    for (const question of questions) this.options.onUnrecorded(question);
  }

  private questionOf(batch: Q[]): SnapshotQuestion {
    const { cache } = this.options.decider;
    const publicIds = new Set<string>();
    const tenantIds = new Set<string>();
    const sourceIds = new Set<string>();
    for (const question of batch) {
      if (question.kind === 'events') this.addSender(publicIds, tenantIds, sourceIds, question);
      for (const { key, ip } of keysOf(question)) this.addLookUp(publicIds, tenantIds, key, ip);
      for (const tenantId of tenantsOf(question)) tenantIds.add(tenantId);
    }
    return {
      publicIds: [...publicIds],
      tenantIds: [...tenantIds],
      sourceIds: [...sourceIds],
      knownRevision: (tenantId) => cache.revisionOf(tenantId),
    };
  }

  /** Known keys are read again as well: the snapshot may make the cache forget their tenant. */
  private addLookUp(publicIds: Set<string>, tenantIds: Set<string>, key: string, ip: string): void {
    const { cache, guard } = this.options.decider;
    const publicId = parseKey(key)?.publicId;
    if (publicId === undefined) return;
    const known = cache.get(publicId);
    if (!known && guard.waitSeconds(ip) > 0) return;
    if (known) tenantIds.add(known.tenant.id);
    publicIds.add(publicId);
  }

  /** A source that is known is read again as well, for the same reason. */
  private addSender(
    publicIds: Set<string>,
    tenantIds: Set<string>,
    sourceIds: Set<string>,
    { sentWith, ip }: EventsQuestion,
  ): void {
    const { cache, guard } = this.options.decider;
    if (sentWith.kind === 'digest') (sentWith.of === 'key' ? publicIds : sourceIds).add(sentWith.publicId);
    const token = sentWith.kind === 'source' ? sentWith.token : null;
    const publicId = token === null ? null : parseSourceToken(token);
    if (publicId === null) return;
    const known = cache.source(publicId);
    if (!known && guard.waitSeconds(ip) > 0) return;
    if (known) tenantIds.add(known.tenant.id);
    sourceIds.add(publicId);
  }

  private decideFrom(facts: SnapshotFacts, batch: Q[]): Verdict<Q>[] {
    const { decider } = this.options;
    decider.cache.apply(facts);
    const round = new DecisionRound(decider, facts.nowMs, true);
    return batch.map((question) => {
      const verdict = round.decide(question);
      if (!verdict) throw new Error('A final decision left a key open');
      return verdict;
    });
  }

  private refreshClock(): void {
    const { clock, store } = this.options;
    if (!clock.isStale || this.isReadingClock) return;
    this.isReadingClock = true;
    const sentMs = monotonicMs();
    store
      .readClock()
      .then(
        (databaseMs) => clock.read(sentMs, databaseMs, monotonicMs()),
        () => undefined,
      )
      .finally(() => {
        this.isReadingClock = false;
      });
  }
}

/** The keys that deciding on a question needs, with the address that an attempt with each counts against. */
function keysOf(question: Question): { key: string; ip: string }[] {
  if (question.kind === 'authorize') {
    const { presented, ip } = question;
    return presented.kind === 'key' ? [{ key: presented.key, ip }] : [];
  }
  if (question.kind === 'events') {
    const { sentWith, ip } = question;
    return sentWith.kind === 'key' ? [{ key: sentWith.key, ip }] : [];
  }
  const { callerKey, input, socketIp } = question;
  const keys = callerKey === null ? [] : [{ key: callerKey, ip: socketIp }];
  return input ? [...keys, { key: input.key, ip: input.ip ?? socketIp }] : keys;
}

/** The tenants whose blocks a request at a route may fall under. */
function tenantsOf(question: Question): string[] {
  if (question.kind !== 'authorize' || question.route === null) return [];
  const { route, presented } = question;
  const principal =
    presented.kind === 'token' && 'principal' in presented.result ? presented.result.principal : null;
  return principal ? [route.homeTenantId, principal.tenantId] : [route.homeTenantId];
}
