import { statSync } from 'node:fs';
import { secretSettings } from './env-schema';

/** Where a secret of this process comes from. Never its value. */
export interface SecretSource {
  /** The setting, without `_FILE`. */
  name: string;
  from: 'file' | 'environment';
  /** The file's path and whether other users of the host may read it; null where the value itself is in the environment. */
  file: { path: string; isReadableByOthers: boolean } | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

const PROVIDER_SECRET = /^OIDC_[A-Z0-9_]+_CLIENT_SECRET$/;
const OTHERS_READ = 0o004;

function fileOf(path: string): SecretSource['file'] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return { path, isReadableByOthers: stat !== undefined && (stat.mode & OTHERS_READ) !== 0 };
}

/** Every secret setting that is given, and from where. */
export function secretSourcesOf(variables: Variables): SecretSource[] {
  const provided = Object.keys(variables).map((name) => name.replace(/_FILE$/, ''));
  const names = new Set([...secretSettings, ...provided.filter((name) => PROVIDER_SECRET.test(name))]);
  return [...names].sort().flatMap((name): SecretSource[] => {
    const path = variables[`${name}_FILE`];
    if (path) return [{ name, from: 'file', file: fileOf(path) }];
    return variables[name] ? [{ name, from: 'environment', file: null }] : [];
  });
}
