import type { ParametersOf } from '@/lib/assurance/checklist/check-kinds';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { counted, type RunCheck, resultOf, seen } from './check';

const BODY_BYTES_MAX = 256 * 1024;

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= BODY_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString('utf8');
}

function problemOf(response: Response, body: string, wanted: ParametersOf<'http'>): string | null {
  const { status, header, contains, lacks } = wanted;
  if (!status.includes(response.status)) return `answers ${response.status}; expected ${status.join(' or ')}`;
  if (header && !response.headers.get(header.name)?.includes(header.contains))
    return `the header ${header.name} does not contain "${header.contains}"`;
  if (contains !== undefined && !body.includes(contains)) return `the body does not contain "${contains}"`;
  if (lacks !== undefined && body.includes(lacks)) return `the body contains "${lacks}"`;
  return null;
}

/** One request to each declared address, no redirect followed. The addresses are configuration and may be private. */
export const checkHttp: RunCheck<'http'> = async ({ scope, parameters, sources, signal }) => {
  const observations = await Promise.all(
    scope.urls.map(async (url): Promise<Observation> => {
      try {
        const response = await fetch(url, {
          method: parameters.method,
          headers: sources.selfTest(new URL(url).host),
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(parameters.timeout)]),
        });
        const problem = problemOf(response, await bodyOf(response), parameters);
        return problem
          ? seen(url, 'fail', problem, url)
          : seen(url, 'pass', `answers ${response.status} as expected`, url);
      } catch {
        return seen(url, 'error', 'does not answer', url);
      }
    }),
  );
  return resultOf('addresses', observations, {
    well: `${counted(observations.length, 'address answers', 'addresses answer')} as expected.`,
  });
};
