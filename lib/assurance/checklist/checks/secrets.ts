import { readFile } from 'node:fs/promises';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { readEnvFile } from '@/lib/platform/core/plain-secrets/env-file';
import { recognize } from '@/lib/platform/core/plain-secrets/recognize';
import { type CheckSources, nothingSeen, type RunCheck, resultOf, seen } from './check';

const FILE_BYTES_MAX = 1024 * 1024;

function observeSetting(
  one: ReturnType<CheckSources['secrets']>[number],
  mode: CheckSources['mode'],
): Observation {
  const name = `worker: ${one.name}`;
  if (one.from === 'file') {
    return one.file?.isReadableByOthers
      ? seen(name, 'warn', `comes from ${one.file.path}, which every user of the host may read`)
      : seen(name, 'pass', 'comes from a file');
  }
  return mode === 'local'
    ? seen(name, 'warn', 'is handed over in the environment, as local mode does; not for production')
    : seen(name, 'fail', `is a plain environment value; set ${one.name}_FILE instead`);
}

/** The variables of an environment file whose value is a secret itself. Values never leave this function. */
export function plainSecretsIn(text: string): { name: string; line: number; why: string }[] {
  return readEnvFile(text).flatMap(({ name, value, line, isLiteral }) => {
    const found = recognize(name, value, { isLiteral });
    return found.is === 'plain' ? [{ name, line, why: found.why }] : [];
  });
}

async function observeFile(file: string): Promise<Observation[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return [
      code === 'ENOENT'
        ? seen(file, 'pass', 'does not exist on this host')
        : seen(file, 'error', `cannot be read (${code})`),
    ];
  }
  if (text.length > FILE_BYTES_MAX) return [seen(file, 'error', 'is larger than an environment file can be')];
  const plain = plainSecretsIn(text);
  if (plain.length === 0) return [seen(file, 'pass', 'holds no secret')];
  return plain.map(({ name, line, why }) =>
    seen(`${file}:${line}`, 'fail', `${name} is written out (${why})`),
  );
}

/** Settings of the worker that hold secrets, and declared environment files on its host. */
export const checkSecrets: RunCheck<'secrets'> = async ({ scope, sources }) => {
  const settings = scope.settings ? sources.secrets().map((one) => observeSetting(one, sources.mode)) : [];
  const files = await Promise.all(scope.files.map(observeFile));
  const observations = [...settings, ...files.flat()];
  if (observations.length === 0)
    return nothingSeen('not_available', 'No setting and no file is in its scope.');
  return resultOf('secrets', observations, {
    well: `${observations.length} secrets and files: none is a plain value.`,
  });
};
