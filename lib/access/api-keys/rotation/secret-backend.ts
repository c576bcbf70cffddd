import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@/lib/platform/core/atomic-file';
import { getEnv } from '@/lib/platform/core/env/env';

/** Where a secret lies in a backend: names that the contract has checked, never a path. */
export interface SecretPlace {
  tenantSlug: string;
  name: string;
}

/** A store into which new secrets are written; every one is a whole secret or the one before. */
export interface SecretBackend {
  write(place: SecretPlace, secret: string): Promise<void>;
  /** What lies there now, or null. */
  read(place: SecretPlace): Promise<string | null>;
}

/** Files in a mounted directory, `<directory>/<tenant slug>/<name>`, readable by their owner only. */
export function directoryBackend(directory: string): SecretBackend {
  const pathOf = ({ tenantSlug, name }: SecretPlace) => join(directory, tenantSlug, name);
  return {
    write: (place, secret) => writeFileAtomic(pathOf(place), `${secret}\n`),
    async read(place) {
      try {
        return (await readFile(pathOf(place), 'utf8')).trim();
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
  };
}

/** The backend of this installation, or null where none is configured. */
export function configuredBackend(): SecretBackend | null {
  const { rotationSecretsDir } = getEnv();
  return rotationSecretsDir === undefined ? null : directoryBackend(rotationSecretsDir);
}
