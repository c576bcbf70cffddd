import type { Observation } from '@/lib/assurance/checklist/contract';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { INTEGRITY_HREF, type LogFacts, readLogFacts } from '@/lib/platform/sealing/facts';
import { nothingSeen, type RunCheck, resultOf, seen } from './check';

const hoursOf = (ms: number) => {
  const hours = Math.max(0, Math.floor(ms / HOUR_MS));
  return `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
};

function judgeVerification({ verification }: LogFacts, maxAge: number, nowMs: number): Observation {
  const say = (outcome: Observation['outcome'], detail: string) =>
    seen('Verification', outcome, detail, INTEGRITY_HREF);
  if (!verification) return say('not_available', 'the log has not been verified yet');
  const { isVerified, faults, finishedMs } = verification;
  if (!isVerified) return say('fail', `the last one found ${faults} ${faults === 1 ? 'fault' : 'faults'}`);
  const age = hoursOf(nowMs - finishedMs);
  return nowMs - finishedMs > maxAge
    ? say('fail', `the last one was ${age} ago`)
    : say('pass', `found nothing ${age} ago`);
}

function judgeWitness({ hasWitness, problems }: LogFacts): Observation {
  const say = (outcome: Observation['outcome'], detail: string) =>
    seen('Witness', outcome, detail, INTEGRITY_HREF);
  if (!hasWitness)
    return say('warn', 'none is configured, so whoever holds the key and the database could rewrite both');
  const problem = problems.find(({ code }) => code === 'refused' || code === 'not_witnessed');
  return problem ? say('fail', problem.sentence) : say('pass', 'cosigns the log');
}

function judgeSealing({ problems }: LogFacts): Observation {
  const problem = problems.find(({ code }) => code === 'lag' || code === 'unsigned' || code === 'stale');
  return problem
    ? seen('Sealing', 'fail', problem.sentence, INTEGRITY_HREF)
    : seen('Sealing', 'pass', 'keeps up with the log', INTEGRITY_HREF);
}

/** Whether the record vouches for itself: verified lately, sealed and signed now, witnessed. */
export const checkAuditLog: RunCheck<'audit_log'> = async ({ read, tenantId, parameters, nowMs }) => {
  const facts = await read((tx) => readLogFacts(tx, tenantId));
  if (facts.leaves === 0) return nothingSeen('not_available', 'No event is sealed yet.');
  const observations = [
    judgeVerification(facts, parameters.maxAge, nowMs),
    judgeSealing(facts),
    ...(parameters.witness ? [judgeWitness(facts)] : []),
  ];
  return resultOf('parts', observations, {
    facts: { leaves: facts.leaves, verification: facts.verification },
    well: `${facts.leaves.toLocaleString('en')} events sealed and verified${parameters.witness ? ', witnessed' : ''}.`,
  });
};
