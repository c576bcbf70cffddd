import type {
  AuthorizeQuestion,
  EventsQuestion,
  Question,
  Verdict,
  VerifyQuestion,
} from '@/lib/access/gate/http/question';
import { AuthorizeRound } from './decide-authorize';
import { EventsRound } from './decide-events';
import { VerifyRound } from './decide-verify';
import type { Decider } from './identify';

function isVerify<Q extends Question>(question: Q): question is Q & VerifyQuestion {
  return question.kind === 'verify';
}

function isAuthorize<Q extends Question>(question: Q): question is Q & AuthorizeQuestion {
  return question.kind === 'authorize';
}

function isEvents<Q extends Question>(question: Q): question is Q & EventsQuestion {
  return question.kind === 'events';
}

/** The decisions of one batch: made at one moment, by one state of memory. */
export class DecisionRound {
  private readonly verify: VerifyRound;
  private readonly authorize: AuthorizeRound;
  private readonly events: EventsRound;

  /**
   * @param nowMs the database's clock
   * @param isFinal true where the keys of the questions were just looked up: one that memory lacks does not exist
   */
  constructor(decider: Decider, nowMs: number, isFinal: boolean) {
    this.verify = new VerifyRound(decider, nowMs, isFinal);
    this.authorize = new AuthorizeRound(decider, nowMs, isFinal);
    this.events = new EventsRound(decider, nowMs, isFinal);
  }

  /** @returns null where memory lacks what the question needs, which never happens in a final round */
  decide<Q extends Question>(question: Q): Verdict<Q> | null {
    if (isAuthorize(question)) return this.authorize.decide(question);
    if (isVerify(question)) return this.verify.decide(question);
    return isEvents(question) ? this.events.decide(question) : null;
  }
}

/** The address that a failed attempt counts against; null where the verdict is no failed attempt. */
export function failedAttemptIp(verdict: Verdict): string | null {
  if (verdict.code !== 'MALFORMED' && verdict.code !== 'NOT_FOUND') return null;
  const { question } = verdict;
  if (question.kind === 'authorize') return question.presented.kind === 'key' ? question.ip : null;
  if (question.kind === 'events') return question.spilledAtMs === null ? question.ip : null;
  if (verdict.about === 'input') return null;
  if (verdict.about === 'subject') return question.input?.ip ?? question.socketIp;
  return question.callerKey === null ? null : question.socketIp;
}
