import type { IncomingMessage, ServerResponse } from 'node:http';
import { BODY_LENGTH_MAX, type VerifyInput } from '@/lib/access/gate/contract';
import { monotonicMs } from '@/lib/access/gate/decide/database-clock';
import { sendProblem } from '@/lib/access/gate/http/answer';
import { type BodyTaker, DISCARDED_MAX, type GateRequest } from '@/lib/access/gate/http/gate-request';
import type { VerifyQuestion } from '@/lib/access/gate/http/question';
import { parseVerify, readHeaders, socketIpOf } from '@/lib/access/gate/http/read-request';
import { AppError, isAppError } from '@/lib/platform/core/errors';
import type { LimitVerdict } from '@/lib/platform/rate-limit/contract';

/** A question together with where its answer goes. */
export class VerifyAsk implements VerifyQuestion, BodyTaker {
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
  request.giveBodyTo(new VerifyAsk(request, response, requestId), onAsked);
}
