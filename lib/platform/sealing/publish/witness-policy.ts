import { readFileSync } from 'node:fs';
import { type Policy, PolicyError, parsePolicy } from '../tlog/policy';

/**
 * The witnesses of LOG_WITNESS_POLICY_FILE, read again each time.
 * @returns null where none is configured @throws PolicyError where the file cannot be used: silence must not mean "no witness"
 */
export function readWitnessPolicy(path: string | undefined): Policy | null {
  if (path === undefined) return null;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new PolicyError(`LOG_WITNESS_POLICY_FILE names ${path}, which could not be read${code}.`);
  }
  return parsePolicy(text);
}
