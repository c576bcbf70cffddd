import type { ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { DeliveryRow } from '@/db/gate-rows';
import type { GateStore } from '@/db/gate-store';
import { type DatabaseClock, monotonicMs } from '@/lib/access/gate/decide/database-clock';
import { DecisionRound } from '@/lib/access/gate/decide/decide';
import type { Decider } from '@/lib/access/gate/decide/identify';
import { sendProblem } from '@/lib/access/gate/http/answer';
import { sendEventsVerdict, sendKept, sendNotKept } from '@/lib/access/gate/http/answer-events';
import type { GateRequest } from '@/lib/access/gate/http/gate-request';
import type { EventsQuestion, Verdict } from '@/lib/access/gate/http/question';
import { socketIpOf } from '@/lib/access/gate/http/read-request';
import type { EventReader } from '@/lib/access/gate/intake-contract';
import { deliveryOf, isTaken } from '@/lib/access/gate/record/audit-events';
import { Recorder, type RecordStore } from '@/lib/access/gate/record/recorder';
import { parseKey } from '@/lib/platform/auth/credential/key-format';
import { parseSourceToken } from '@/lib/platform/auth/credential/source-token';
import type { TrustedProxies } from '@/lib/platform/auth/request/client-ip';
import { AppError } from '@/lib/platform/core/errors';
import type { Limiter } from '@/lib/platform/rate-limit/limiter';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { BodyBudget, EventsAsk } from './events-ask';
import { readEventsHeaders } from './events-headers';
import type { EventsUrl } from './events-url';
import { IntakeMetrics } from './intake-metrics';
import { type Loss, Losses } from './losses';
import type { Spill } from './spill';
import type { SpillEntry } from './spill-entry';
import { WakeWorker } from './wake-worker';

export interface IntakeOptions {
  store: GateStore;
  decider: Decider;
  limiter: Limiter;
  clock: DatabaseClock;
  registry: Registry;
  log: { warn(details: object, message: string): void; error(details: object, message: string): void };
  reader: EventReader | null;
  /** Null: nothing is kept while the database is away. */
  spill: Spill | null;
  spillBytesMax: number;
  /** Called with the verdict of each delivery that was answered. */
  onVerdict: (verdict: Verdict<EventsQuestion>) => void;
}

const BODIES_BYTES_MAX = 64 * 1024 * 1024;
const DELIVERIES_PER_FLUSH_MAX = 200;
const BYTES_PER_FLUSH_MAX = 8 * 1024 * 1024;
const WAITING_MAX = 5_000;
/** Falco sends one event after the other, so it must not wait long; decisions share the database with this lane. */
const REST_MS = 4;
const DRAIN_EVERY_MS = 1_000;

/** A delivery that was kept on disk, as it is decided on once the database is back. */
class SpilledDelivery implements EventsQuestion {
  readonly kind = 'events';
  readonly startedMs = monotonicMs();
  readonly limit = null;
  readonly spilledAtMs: number;
  readonly requestId: string;
  readonly events: EventsQuestion['events'];
  readonly sentWith: EventsQuestion['sentWith'];
  readonly ip: string;
  readonly socketIp: string;
  readonly clientSubject: string | null;
  readonly host: string | null;
  readonly userAgent: string | null;
  readonly body: EventsQuestion['body'];

  constructor(entry: SpillEntry) {
    this.spilledAtMs = entry.receivedAtMs;
    this.requestId = entry.requestId;
    this.events = entry.events;
    this.sentWith = entry.sentWith;
    this.ip = entry.ip;
    this.socketIp = entry.ip;
    this.clientSubject = entry.clientSubject;
    this.host = entry.host;
    this.userAgent = entry.userAgent;
    this.body = entry.body;
  }

  refusal(): null {
    return null;
  }
}

/**
 * Takes bodies of events in: each is decided on and recorded like any question, and its bytes are committed with its
 * audit row, before it is answered. While the database is away they go to disk, and are decided on when it is back.
 */
export class EventsIntake {
  private readonly metrics: IntakeMetrics;
  private readonly recorder: Recorder<EventsQuestion>;
  private readonly budget = new BodyBudget(BODIES_BYTES_MAX);
  private readonly losses: Losses;
  private readonly wake: WakeWorker;
  private readonly drainTimer: NodeJS.Timeout;

  constructor(private readonly options: IntakeOptions) {
    const { registry, spill, spillBytesMax } = options;
    this.losses = spill?.losses ?? new Losses(null, options.log);
    this.recorder = this.createRecorder();
    this.wake = new WakeWorker((tenantId) => {
      options.store
        .notifyDeliveries(tenantId)
        .catch((err) => options.log.warn({ err }, 'the worker was not told of deliveries'));
    });
    this.metrics = new IntakeMetrics(registry, {
      waiting: () => this.recorder.waiting,
      spilledBytes: () => spill?.bytes ?? 0,
      spillBytesMax: () => (spill ? spillBytesMax : 0),
    });
    this.drainTimer = setInterval(() => void this.drain(), DRAIN_EVERY_MS).unref();
  }

  /** `POST` or `PUT /v1/events/…`; falcosidekick may use either. */
  receive(
    request: GateRequest,
    response: ServerResponse,
    requestId: string,
    url: EventsUrl,
    proxies: TrustedProxies,
  ): void {
    if (request.method !== 'POST' && request.method !== 'PUT') {
      sendProblem(response, new AppError('method_not_allowed', 'Use POST.'), requestId, [
        'allow',
        'POST, PUT',
      ]);
      return;
    }
    const peer = socketIpOf(request);
    const headers = readEventsHeaders(request.rawHeaders, url.token, peer, proxies);
    const ask = new EventsAsk(response, requestId, peer, url, headers, this.options.reader, this.budget);
    request.giveBodyTo(ask, (complete) => this.take(complete));
  }

  async stop(): Promise<void> {
    clearInterval(this.drainTimer);
    this.wake.stop();
    await this.recorder.drained();
    await this.options.spill?.close();
  }

  /** Hands what is on disk to the database, where it is back. */
  async drain(): Promise<void> {
    const { spill, store, log } = this.options;
    if (!store.isUp || ((spill?.isEmpty ?? true) && this.losses.isEmpty)) return;
    try {
      await spill?.drain(async (batch) => {
        const verdicts = await this.recorder.recordInSnapshot(
          batch.map((entry) => new SpilledDelivery(entry)),
        );
        for (const verdict of verdicts) {
          this.metrics.count(isTaken(verdict) ? 'drained' : 'denied');
          this.wakeFor(verdict);
        }
      });
      await this.losses.tell(async (losses) => {
        const notes = losses.map((loss) => noteOf(loss));
        await store.keepNotes(notes);
        for (const { tenantId } of notes) this.wake.received(tenantId);
      });
    } catch (err) {
      if (store.isUp) log.warn({ err }, 'kept events could not be handed to the database');
    }
  }

  private createRecorder(): Recorder<EventsQuestion> {
    const { store, decider, limiter, clock, log } = this.options;
    const keeping: RecordStore<EventsQuestion> = {
      append: (batch) => store.appendDeliveries({ ...batch, deliveries: this.deliveriesOf(batch.verdicts) }),
      appendInSnapshot: (question, decide) =>
        store.appendDeliveriesInSnapshot(question, async (facts) => {
          const { verdicts, ...decided } = await decide(facts);
          return { ...decided, deliveries: this.deliveriesOf(verdicts) };
        }),
      readClock: () => store.readClock(),
    };
    return new Recorder<EventsQuestion>({
      store: keeping,
      decider,
      limiter,
      clock,
      questionsPerFlushMax: DELIVERIES_PER_FLUSH_MAX,
      waitingMax: WAITING_MAX,
      lanes: 1,
      gather: {
        crowd: DELIVERIES_PER_FLUSH_MAX,
        sizeOf: ({ body }) => body.bytes.length,
        sizePerFlushMax: BYTES_PER_FLUSH_MAX,
        restMs: REST_MS,
      },
      onRecorded: (verdict) => this.answer(verdict),
      onUnrecorded: (question) => {
        if (question instanceof EventsAsk) void this.keepOnDisk(question);
      },
      onError: (error, deliveries) => log.error({ err: error, deliveries }, 'deliveries could not be stored'),
      onFlush: () => undefined,
    });
  }

  private deliveriesOf(verdicts: readonly Verdict<EventsQuestion>[]): DeliveryRow[] {
    const { clock } = this.options;
    return verdicts
      .filter(isTaken)
      .map((verdict) => deliveryOf(verdict, clock.at(verdict.question.startedMs)));
  }

  private take(ask: EventsAsk): void {
    if (ask.isCrowdedOut) this.lose(ask, null, 'Too many bodies at once');
    else if (!this.options.store.isUp || !this.recorder.add(ask)) void this.keepOnDisk(ask);
  }

  private answer(verdict: Verdict<EventsQuestion>): void {
    const { question } = verdict;
    this.metrics.count(isTaken(verdict) ? 'kept' : verdict.code === 'VALID' ? 'invalid' : 'denied');
    this.options.onVerdict(verdict);
    this.wakeFor(verdict);
    if (question instanceof EventsAsk) sendEventsVerdict(question.response, verdict, 'database');
  }

  private wakeFor(verdict: Verdict<EventsQuestion>): void {
    if (isTaken(verdict) && verdict.home) this.wake.received(verdict.home.id);
  }

  /** Whoever looks at answers hears 503 where it is not kept; Falco does not, and would lose the event. */
  private async keepOnDisk(ask: EventsAsk): Promise<void> {
    const { spill, decider } = this.options;
    const entry = this.entryOf(ask);
    const known = new DecisionRound(decider, this.options.clock.nowMs(), false).decide<EventsQuestion>(ask);
    const tenantId = known?.home?.id ?? null;
    const mayCome = entry !== null && (known === null || isTaken(known));
    if (!spill || ask.isStrict || !mayCome) {
      if (mayCome && !ask.isStrict)
        this.lose(ask, tenantId, 'No folder for events while the database is away');
      else this.refuse(ask);
      return;
    }
    const isKept = await spill.append(entry, known !== null);
    if (!isKept) {
      this.lose(ask, tenantId, 'The room for events on disk was used up');
      return;
    }
    this.metrics.count('kept_on_disk');
    sendKept(ask.response, ask.requestId, 'disk');
  }

  /** Null where the credential could never be proven later. */
  private entryOf(ask: EventsAsk): SpillEntry | null {
    const { sentWith, requestId, events, ip, clientSubject, host, userAgent, body } = ask;
    if (sentWith.kind !== 'key' && sentWith.kind !== 'source') return null;
    const isKey = sentWith.kind === 'key';
    const secret = isKey ? sentWith.key : sentWith.token;
    const publicId = isKey ? (parseKey(secret)?.publicId ?? null) : parseSourceToken(secret);
    if (publicId === null) return null;
    const digests = this.options.decider.prover.digestsOf(secret);
    const receivedAtMs = this.options.clock.at(ask.startedMs);
    return {
      ...{ requestId, receivedAtMs, events, ip, clientSubject, host, userAgent, body },
      sentWith: { kind: 'digest', of: isKey ? 'key' : 'source', publicId, digests },
    };
  }

  private lose(ask: EventsAsk, tenantId: string | null, reason: string): void {
    this.losses.add(tenantId, this.options.clock.at(ask.startedMs), reason);
    this.refuse(ask);
  }

  private refuse(ask: EventsAsk): void {
    this.metrics.count('not_kept');
    sendNotKept(ask.response, ask.requestId);
  }
}

/** What the room of detections is told of deliveries that were lost. */
function noteOf({ id, tenantId, fromMs, toMs, deliveries, reason }: Loss): DeliveryRow {
  const note = {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    deliveries,
    reason,
  };
  const body = Buffer.from(JSON.stringify(note));
  return {
    tenantId: tenantId ?? DEFAULT_TENANT_ID,
    id,
    receivedAtMs: toMs,
    kind: 'loss',
    originType: 'gate',
    originId: null,
    originLabel: 'gate',
    ip: null,
    userAgent: null,
    encoding: 'identity',
    body,
    bodyBytes: body.length,
    headersDigest: Buffer.alloc(0),
    isSpilled: true,
  };
}
