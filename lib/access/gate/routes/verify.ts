import { IncomingMessage, type ServerResponse } from 'node:http';
import { BODY_LENGTH_MAX, type VerifyInput } from '@/lib/access/gate/contract';
import { monotonicMs } from '@/lib/access/gate/decide/database-clock';
import { sendProblem } from '@/lib/access/gate/http/answer';
import { keepHeaders } from '@/lib/access/gate/http/kept-headers';
import type { VerifyQuestion } from '@/lib/access/gate/http/question';
import { parseVerify, readHeaders, socketIpOf } from '@/lib/access/gate/http/read-request';
import { AppError, isAppError } from '@/lib/platform/core/errors';
import type { LimitVerdict } from '@/lib/platform/rate-limit/contract';

/** Bytes of a too long body that are read and thrown away, so that its sender can read the answer. */
const DISCARDED_MAX = 64 * 1024 * 1024;

/** A question together with where its answer goes. */
export class VerifyAsk implements VerifyQuestion {
  readonly kind = 'verify';
  limit: LimitVerdict | null = null;
  readonly startedMs = monotonicMs();
  readonly callerKey: string | null;
  readonly isAmbiguous: boolean;
  readonly socketIp: string;
  input: VerifyInput | null = null;
  problem: AppError | null;
  private body: Buffer | null = null;
  private bodyBytes = 0;

  constructor(
    request: IncomingMessage,
    readonly response: ServerResponse,
    readonly requestId: string,
  ) {
    const headers = readHeaders(request.rawHeaders);
    this.callerKey = headers.callerKey;
    this.isAmbiguous = headers.isAmbiguous;
    this.problem = headers.problem;
    this.socketIp = socketIpOf(request);
  }

  /** @returns whether to read on */
  take(chunk: Buffer): boolean {
    this.bodyBytes += chunk.length;
    if (this.bodyBytes > BODY_LENGTH_MAX) {
      this.body = null;
      return this.bodyBytes <= DISCARDED_MAX;
    }
    this.body = this.body ? Buffer.concat([this.body, chunk]) : chunk;
    return true;
  }

  /** Reads the question once the body is complete. */
  finish(): void {
    if (this.problem) return;
    try {
      if (this.bodyBytes > BODY_LENGTH_MAX) {
        throw new AppError('too_large', `The body is larger than ${BODY_LENGTH_MAX} bytes.`);
      }
      this.input = parseVerify(this.body ?? Buffer.alloc(0));
    } catch (error) {
      this.problem = isAppError(error)
        ? error
        : new AppError('internal', 'The request body is not valid.', { cause: error });
    }
    this.body = null;
  }
}

/**
 * A request whose body goes straight to its question: the HTTP parser hands it over by `push`, and what is taken there
 * passes neither the stream's buffer nor its events. The end is passed on, so that the stream ends as it does for a
 * request without a body.
 */
export class GateRequest extends IncomingMessage {
  ask: VerifyAsk | null = null;
  onAsked: ((ask: VerifyAsk) => void) | null = null;

  static {
    keepHeaders(GateRequest, ['host', 'expect', 'authorization']);
  }

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const { ask, onAsked } = this;
    if (!ask || !onAsked) return super.push(chunk, encoding);
    if (chunk !== null) {
      if (!ask.take(chunk)) this.destroy();
      return true;
    }
    const wantsMore = super.push(null);
    ask.finish();
    onAsked(ask);
    return wantsMore;
  }
}

/** `POST /v1/verify`: reads the question and hands it on once it is complete. */
export function receiveVerify(
  request: GateRequest,
  response: ServerResponse,
  requestId: string,
  onAsked: (ask: VerifyAsk) => void,
): void {
  if (request.method !== 'POST') {
    const problem = new AppError('method_not_allowed', 'Use POST.');
    sendProblem(response, problem, requestId, ['allow', 'POST']);
    return;
  }
  request.ask = new VerifyAsk(request, response, requestId);
  request.onAsked = onAsked;
}
