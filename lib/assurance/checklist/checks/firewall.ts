import { connect } from 'node:net';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { counted, nothingSeen, type RunCheck, resultOf, seen } from './check';

/** Where databases, consoles and debug servers usually listen: what must not answer strangers by accident. */
const USUAL_PORTS = [
  21, 22, 23, 25, 80, 110, 111, 135, 139, 143, 389, 443, 445, 873, 1433, 1521, 2049, 2375, 2376, 2379, 3000,
  3100, 3101, 3200, 3300, 3306, 3389, 5000, 5432, 5601, 5672, 5900, 5984, 6379, 6443, 7000, 8000, 8080, 8081,
  8443, 8500, 8888, 9000, 9090, 9092, 9200, 9229, 10250, 11211, 15672, 27017,
] as const;
const AT_ONCE = 16;

type PortState = 'open' | 'refused' | 'silent';

/** @throws where the host itself cannot be reached: no such name, no route */
function knock(host: string, port: number, timeoutMs: number): Promise<PortState> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const end = (state: PortState) => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(timeoutMs, () => end('silent'));
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') return end('refused');
      if (error.code === 'ETIMEDOUT') return end('silent');
      socket.destroy();
      reject(error);
    });
  });
}

async function knockAll(
  host: string,
  ports: readonly number[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Map<number, PortState>> {
  const states = new Map<number, PortState>();
  const waiting = [...ports];
  const work = async () => {
    for (let port = waiting.shift(); port !== undefined; port = waiting.shift()) {
      signal.throwIfAborted();
      states.set(port, await knock(host, port, timeoutMs));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return states;
}

/** What the answers of one host mean against what is declared. */
export function judgePorts(
  host: string,
  declared: readonly number[],
  states: ReadonlyMap<number, PortState>,
): Observation[] {
  const observations: Observation[] = [];
  const isReached = [...states.values()].some((state) => state !== 'silent');
  if (!isReached) {
    const detail =
      declared.length > 0
        ? 'no port answers, not even the declared ones'
        : 'no port answers: closed, or not reachable from the worker';
    return [seen(host, declared.length > 0 ? 'error' : 'pass', detail)];
  }
  for (const [port, state] of states) {
    const isDeclared = declared.includes(port);
    if (state === 'open' && !isDeclared)
      observations.push(seen(`${host}:${port}`, 'fail', 'answers, and is not declared'));
    if (state !== 'open' && isDeclared)
      observations.push(
        seen(
          `${host}:${port}`,
          'warn',
          `is declared, and ${state === 'silent' ? 'does not answer' : 'refuses'}`,
        ),
      );
  }
  if (observations.length > 0) return observations;
  return [
    seen(
      host,
      'pass',
      `only ${declared.length > 0 ? declared.join(', ') : 'no port'} of ${states.size} probed ports answers`,
    ),
  ];
}

/** TCP connections from the worker to the declared hosts: the declared ports answer, the others do not. */
export const checkFirewall: RunCheck<'firewall'> = async ({ scope, parameters, signal }) => {
  if (scope.hosts.length === 0)
    return nothingSeen(
      'not_available',
      'No hosts declared. List your internet-facing hosts under scope.hosts.',
    );
  const observations: Observation[] = [];
  const answers: Record<string, Record<string, PortState>> = {};
  for (const { host, open } of scope.hosts) {
    const ports = [...new Set([...open, ...USUAL_PORTS, ...parameters.alsoProbe])];
    try {
      const states = await knockAll(host, ports, parameters.timeout, signal);
      answers[host] = Object.fromEntries(states);
      observations.push(...judgePorts(host, open, states));
    } catch (error) {
      observations.push(
        seen(host, 'error', `cannot be reached: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
  }
  return resultOf('hosts and ports', observations, {
    facts: { answers },
    well: `${counted(scope.hosts.length, 'host answers', 'hosts answer')} only on declared ports.`,
  });
};
