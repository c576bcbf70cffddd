import { readFileSync } from 'node:fs';
import { getEnv } from '@/lib/platform/core/env/env';

/** Two at most: the newest first, behind it the one that it replaces. */
const KEYS_MAX = 2;

/**
 * The secrets of LOG_SIGNING_KEY. Its file is read again for each checkpoint, so that a rotation needs no restart; a file that
 * cannot be read leaves what was read at start.
 */
export function signingSecrets(): readonly string[] {
  const { logSigningKey, logSigningKeyFile } = getEnv();
  let text = logSigningKey ?? '';
  if (logSigningKeyFile) {
    try {
      text = readFileSync(logSigningKeyFile, 'utf8');
    } catch {
      // What getEnv() read stays in force.
    }
  }
  return text
    .split(/\s+/)
    .filter((part) => part !== '')
    .slice(0, KEYS_MAX);
}
