import type { ServerResponse } from 'node:http';
import { monotonicMs } from '@/lib/access/gate/decide/database-clock';
import { type BodyTaker, DISCARDED_MAX } from '@/lib/access/gate/http/gate-request';
import type { EventsQuestion, SentBody, SentWith } from '@/lib/access/gate/http/question';
import {
  EVENT_BODY_MAX,
  type EventKind,
  type EventReader,
  OVERSIZED_KEPT,
} from '@/lib/access/gate/intake-contract';
import { AppError } from '@/lib/platform/core/errors';
import type { LimitVerdict } from '@/lib/platform/rate-limit/contract';
import type { EventsHeaders } from './events-headers';
import type { EventsUrl } from './events-url';

/** Bytes that all bodies on their way may hold together. */
export class BodyBudget {
  private used = 0;

  constructor(private readonly max: number) {}

  take(bytes: number): boolean {
    if (this.used + bytes > this.max) return false;
    this.used += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.used -= bytes;
  }
}

const EMPTY = Buffer.alloc(0);

/** A delivery together with where its answer goes. */
export class EventsAsk implements EventsQuestion, BodyTaker {
  readonly kind = 'events';
  readonly startedMs = monotonicMs();
  readonly events: EventKind;
  readonly sentWith: SentWith;
  readonly ip: string;
  readonly clientSubject: string | null;
  readonly host: string | null;
  readonly userAgent: string | null;
  readonly isStrict: boolean;
  readonly spilledAtMs = null;
  readonly body: SentBody;
  limit: LimitVerdict | null = null;
  /** There was no room for its body. */
  isCrowdedOut = false;
  /** Its outcome in the database is not known: it may be there. */
  isUnsure = false;
  private chunks: Buffer[] = [];
  private held = 0;
  private answer: AppError | null | undefined;

  constructor(
    readonly response: ServerResponse,
    readonly requestId: string,
    readonly socketIp: string,
    url: EventsUrl,
    headers: EventsHeaders,
    private readonly reader: EventReader | null,
    private readonly budget: BodyBudget,
  ) {
    this.events = url.kind;
    this.isStrict = url.isStrict;
    this.sentWith = headers.sentWith;
    this.ip = headers.ip;
    this.clientSubject = headers.clientSubject;
    this.host = headers.host;
    this.userAgent = headers.userAgent;
    this.body = { bytes: EMPTY, encoding: headers.encoding, length: 0, headersDigest: headers.digest };
    response.once('close', () => this.release());
  }

  take(chunk: Buffer): boolean {
    this.body.length += chunk.length;
    if (this.body.length > EVENT_BODY_MAX || this.isCrowdedOut) this.keepBeginning();
    else if (this.budget.take(chunk.length)) {
      this.held += chunk.length;
      this.chunks.push(chunk);
    } else {
      this.isCrowdedOut = true;
      this.chunks = [];
    }
    return this.body.length <= DISCARDED_MAX;
  }

  finish(): void {
    const [first = EMPTY] = this.chunks;
    this.body.bytes = this.chunks.length <= 1 ? first : Buffer.concat(this.chunks);
    this.chunks = [];
  }

  refusal(): AppError | null {
    this.answer ??= this.isStrict ? this.findProblem() : null;
    return this.answer;
  }

  /** Gives back what its body held of the budget. Safe to call twice. */
  release(): void {
    this.budget.giveBack(this.held);
    this.held = 0;
  }

  private keepBeginning(): void {
    if (this.chunks.length === 0) return;
    const beginning = Buffer.concat(this.chunks).subarray(0, OVERSIZED_KEPT);
    this.chunks = beginning.length > 0 ? [Buffer.from(beginning)] : [];
  }

  private findProblem(): AppError | null {
    const { bytes, encoding, length } = this.body;
    if (length > EVENT_BODY_MAX)
      return new AppError('too_large', `The body is larger than ${EVENT_BODY_MAX} bytes.`);
    const problem = this.reader?.problemOf(this.events, bytes, encoding) ?? null;
    return problem === null ? null : new AppError('bad_request', problem);
  }
}
