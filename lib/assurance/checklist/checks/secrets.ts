import { readFile } from 'node:fs/promises';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { type CheckSources, nothingSeen, type RunCheck, resultOf, seen } from './check';

const FILE_BYTES_MAX = 1024 * 1024;
const SECRET_NAME = /(SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|PEPPER|CREDENTIAL)/;
/** What stands for a secret that lives elsewhere: nothing, a variable, or the address of a backend. */
const REFERENCE =
  /^(|\$\{?\w+\}?|(vault|op|aws-sm|arn|gcp-sm|azure-kv|ref\+\w+|sops|doppler):.*|\/run\/secrets\/.*)$/i;
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i;

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
export function plainSecretsIn(text: string): { name: string; line: number }[] {
  const found: { name: string; line: number }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    const [, name = '', given = ''] = match ?? [];
    const value = /^(["'])(.*)\1$/.exec(given)?.[2] ?? given.replace(/(^|\s+)#.*$/, '');
    if (name === '' || name.endsWith('_FILE') || REFERENCE.test(value)) continue;
    if (SECRET_NAME.test(name.toUpperCase()) || URL_WITH_PASSWORD.test(value))
      found.push({ name, line: index + 1 });
  }
  return found;
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
  return plain.map(({ name, line }) => seen(`${file}:${line}`, 'fail', `${name} is written out`));
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
