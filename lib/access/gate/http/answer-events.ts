import type { ServerResponse } from 'node:http';
import { AUTHORIZE_STATUS, GATE_CODES } from '@/lib/access/gate/codes';
import { EVENTS_SCOPE } from '@/lib/access/gate/intake-contract';
import { AppError, type ErrorCode } from '@/lib/platform/core/errors';
import { sendJson, sendProblem } from './answer';
import type { EventsQuestion, Verdict } from './question';

/** A URL may hold a token: no page that an answer might lead to is told of it. */
const NO_REFERRER = ['referrer-policy', 'no-referrer'];
const RETRY_SECONDS = 5;

const ERROR_OF_STATUS: Record<401 | 403 | 429 | 503, ErrorCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  429: 'rate_limited',
  503: 'unavailable',
};

function sentenceOf({ code }: Verdict): string {
  switch (code) {
    case 'NO_CREDENTIAL':
      return `Send a key with the scope ${EVENTS_SCOPE}, or use the URL of an event source.`;
    case 'INSUFFICIENT_SCOPE':
      return `The key does not have the scope ${EVENTS_SCOPE}.`;
    case 'IP_NOT_ALLOWED':
      return 'This address may not send events with this key or source.';
    case 'WRONG_CLIENT':
      return 'The client certificate does not belong to this event source, or no trusted proxy verified one.';
    default:
      return `${GATE_CODES[code]}.`;
  }
}

/** Answers a delivery that was decided on and recorded. */
export function sendEventsVerdict(
  response: ServerResponse,
  verdict: Verdict<EventsQuestion>,
  place: 'database' | 'disk',
): void {
  const { code, question, retryAfterSeconds } = verdict;
  const { requestId } = question;
  const status = AUTHORIZE_STATUS[code];
  if (status !== 200) {
    const more = { retryAfterSeconds: retryAfterSeconds || (status >= 429 ? RETRY_SECONDS : undefined) };
    sendProblem(response, new AppError(ERROR_OF_STATUS[status], sentenceOf(verdict), more), requestId, [
      'x-auth-code',
      code,
      ...NO_REFERRER,
    ]);
    return;
  }
  const refusal = question.refusal();
  if (refusal) sendProblem(response, refusal, requestId, NO_REFERRER);
  else sendKept(response, requestId, place);
}

/** The body is durable. */
export function sendKept(response: ServerResponse, requestId: string, place: 'database' | 'disk'): void {
  sendJson(response, 200, `{"deliveryId":"${requestId}","kept":"${place}"}`, requestId, NO_REFERRER);
}

/** Neither the database nor the disk took it: whoever looks at the answer sends it again. */
export function sendNotKept(response: ServerResponse, requestId: string): void {
  const problem = new AppError('unavailable', 'The events could not be stored. Send them again.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
  sendProblem(response, problem, requestId, NO_REFERRER);
}
