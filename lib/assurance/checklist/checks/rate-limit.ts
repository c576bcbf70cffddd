import type { ParametersOf } from '@/lib/assurance/checklist/check-kinds';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { type CheckSources, type RunCheck, resultOf, seen } from './check';

const ANSWER_MS = 5_000;
/** A path that security/gate.yaml opens and security/rate-limit.yaml limits for nothing but this. */
const SELF_TEST_PATH = '/.well-known/bulwark-limit-self-test';
const SELF_TEST_HOST = 'limit-self-test.invalid';
const SELF_TEST_REQUESTS = 30;
/** An address that belongs to nobody (RFC 5737), so that no client shares the counter. */
const SELF_TEST_IP = '192.0.2.1';

type Probe = NonNullable<ParametersOf<'rate_limit'>['probe']> & { headers?: Record<string, string> };

async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  });
  await response.body?.cancel();
  return response;
}

function observePolicy(sources: CheckSources): Observation {
  try {
    const limits = sources.rateLimits();
    const shadow = limits.filter(({ isShadow }) => isShadow);
    if (limits.length === shadow.length) return seen('policy', 'fail', 'no limit is enforced');
    if (shadow.length > 0)
      return seen('policy', 'warn', `${shadow.map(({ name }) => name).join(', ')} only runs in shadow`);
    return seen('policy', 'pass', `${limits.length} limits are enforced`);
  } catch (error) {
    return seen(
      'policy',
      'fail',
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    );
  }
}

async function observeGate(gate: string, signal: AbortSignal): Promise<Observation> {
  try {
    const { status } = await ask(new URL('/readyz', gate).href, {}, signal);
    return status === 200
      ? seen(gate, 'pass', 'is ready')
      : seen(gate, 'fail', `answers ${status} on /readyz`);
  } catch {
    return seen(gate, 'fail', 'does not answer');
  }
}

/** Asks until it is refused. */
async function observeProbe(name: string, probe: Probe, signal: AbortSignal): Promise<Observation> {
  const statuses: number[] = [];
  try {
    for (let sent = 0; sent < probe.requests; sent++) {
      const { status } = await ask(probe.url, { method: probe.method, headers: probe.headers }, signal);
      if (status === 429) return seen(name, 'pass', `request ${sent + 1} was refused with 429`);
      statuses.push(status);
    }
  } catch {
    return seen(name, 'error', `did not answer request ${statuses.length + 1}`);
  }
  const [first] = statuses;
  if (statuses.every((status) => status === 403))
    return seen(
      name,
      'not_available',
      `the path ${SELF_TEST_PATH} is not open in security/gate.yaml, or the worker is no trusted proxy`,
    );
  return seen(name, 'fail', `${statuses.length} requests in a row were answered ${first}, none with 429`);
}

function selfTestOf(gate: string, sources: CheckSources): Probe {
  const url = new URL('/v1/authorize', gate).href;
  const headers = {
    'x-forwarded-method': 'GET',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': SELF_TEST_HOST,
    'x-forwarded-uri': SELF_TEST_PATH,
    'x-forwarded-for': SELF_TEST_IP,
    ...sources.selfTest(SELF_TEST_HOST),
  };
  return { url, method: 'GET', requests: SELF_TEST_REQUESTS, headers };
}

/** The policy in force, the gates that apply it, and a request that must be refused. */
export const checkRateLimit: RunCheck<'rate_limit'> = async ({ scope, parameters, sources, signal }) => {
  const gates = scope.gates.length > 0 ? scope.gates : [sources.gateUrl];
  const observations = [observePolicy(sources)];
  for (const gate of gates) {
    const ready = await observeGate(gate, signal);
    observations.push(ready);
    if (parameters.probe || ready.outcome !== 'pass') continue;
    observations.push(await observeProbe(`limit of ${gate}`, selfTestOf(gate, sources), signal));
  }
  if (parameters.probe) {
    const { url } = parameters.probe;
    const headers = sources.selfTest(new URL(url).host);
    observations.push(await observeProbe(url, { ...parameters.probe, headers }, signal));
  }
  return resultOf('parts', observations, { well: 'Rate limits are enforced: a probe request returned 429.' });
};
