import type { Observation, Outcome } from '@/lib/assurance/checklist/contract';
import { nothingSeen, type RunCheck, resultOf, type SensorSeen, seen } from './check';

const OUTCOMES: Record<SensorSeen['state'], Outcome> = {
  healthy: 'pass',
  unverified: 'warn',
  unknown: 'not_available',
  lossy: 'fail',
  silent: 'fail',
  missing: 'fail',
};
/** The worst first. */
const ORDER = ['missing', 'silent', 'lossy', 'unknown', 'unverified', 'healthy'] as const;

const NEVER: Omit<SensorSeen, 'host'> = {
  state: 'missing',
  sentence: 'Listed under scope.hosts and never heard.',
  href: '/detections/sensors',
};

const worstOf = (sensors: readonly SensorSeen[]): SensorSeen | undefined =>
  [...sensors].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0];

/** Every host with a sensor reports, and loses next to nothing. A host with several is as well as the worst of them. */
export const checkSensors: RunCheck<'sensors'> = async ({ tenantId, scope, read, sources }) => {
  const byHost = Map.groupBy(await read((tx) => sources.sensors(tx, tenantId)), ({ host }) => host);
  const hosts = scope.hosts.length > 0 ? scope.hosts : [...byHost.keys()];
  if (hosts.length === 0)
    return nothingSeen(
      'not_available',
      'No sensor is known. Send Falco’s events and metrics to the gate, or list hosts under scope.hosts.',
    );
  const observations = hosts.map((host): Observation => {
    const { state, sentence, href } = worstOf(byHost.get(host) ?? []) ?? { host, ...NEVER };
    return seen(host, OUTCOMES[state], sentence, href);
  });
  const healthy = observations.filter(({ outcome }) => outcome === 'pass').length;
  const counted = `Falco: ${healthy} of ${hosts.length} hosts seen.`;
  const result = resultOf('hosts', observations, {
    well: counted,
    facts: { hosts: hosts.length, seen: healthy },
  });
  return result.outcome === 'pass' ? result : { ...result, summary: `${counted} ${result.summary}` };
};
