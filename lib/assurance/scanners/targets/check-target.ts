import { SCANNER_FACTS, type TargetDto } from '@/lib/assurance/scanners/contract';
import { locationProblem } from '@/lib/assurance/scanners/rules';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { OutboundRefused, parseOutboundUrl } from '@/lib/platform/core/outbound/outbound-address';

type Given = Pick<TargetDto, 'scanner' | 'kind' | 'location'>;

function outboundProblem(location: string): string | null {
  try {
    parseOutboundUrl(location, getEnv().outboundAllow);
    return null;
  } catch (error) {
    if (error instanceof OutboundRefused) return error.message;
    throw error;
  }
}

function problemOf({ scanner, kind, location }: Given): { path: string; message: string } | null {
  const { name, kinds } = SCANNER_FACTS[scanner];
  if (!kinds.includes(kind))
    return { path: 'kind', message: `${name} does not support this kind of target.` };
  const isNetwork = kind === 'git' && location.startsWith('https:');
  const message = locationProblem(kind, location) ?? (isNetwork ? outboundProblem(location) : null);
  return message === null ? null : { path: 'location', message };
}

/**
 * Refuses what can be seen to be wrong before a worker looks; addresses and paths are checked again when they are used.
 * @throws AppError `bad_request`
 */
export function checkTarget(given: Given): void {
  const problem = problemOf(given);
  if (problem) throw new AppError('bad_request', problem.message, { fields: [problem] });
}
