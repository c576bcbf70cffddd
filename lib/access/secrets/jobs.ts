import { hash } from 'node:crypto';
import { readDeciding } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import { HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import type { JobHandler } from '@/lib/platform/jobs/enqueue';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { readBackendRow } from './backend-store';
import { AwsReader } from './backends/aws-reader';
import { VaultReader } from './backends/vault-reader';
import type { CredentialMemory } from './backends/vault-sign-in';
import type { RepositorySecret } from './contract';
import { noticeDueSecrets } from './notice-due';
import { readOwnSecrets } from './own/own-reader';
import { type BackendSource, noteUnconfigured, readBackend } from './read-backend';
import { keepOwnSecrets, keepRepositorySecrets } from './read-local';

let vaultReader: { settings: string; reader: VaultReader } | undefined;

/** One reader for as long as the settings stay: it holds the token between two readings. */
function openVault(memory: CredentialMemory): VaultReader {
  const { vault } = getEnv().secretBackends;
  if (!vault) throw new Error('VAULT_ADDR is not set.');
  const settings = hash('sha256', JSON.stringify(vault));
  if (vaultReader?.settings !== settings) vaultReader = { settings, reader: new VaultReader(vault, memory) };
  return vaultReader.reader;
}

/** The backends that the settings of this worker name, for the tenant that they belong to. */
export function configuredBackends(tenantId: string): BackendSource[] {
  const { secretBackends } = getEnv();
  if (secretBackends.tenantId !== tenantId) return [];
  const { vault, awsRegion } = secretBackends;
  return [
    ...(vault ? [{ kind: 'vault', name: vault.address, open: openVault } as const] : []),
    ...(awsRegion ? [{ kind: 'aws', name: awsRegion, open: () => new AwsReader(awsRegion) } as const] : []),
  ];
}

/** Reads one backend now, because somebody asked for it. */
export const readBackendHandler: JobHandler<'secrets.read-backend'> = async (actor, { backendId }) => {
  const row = await readDeciding(actor, (tx) => readBackendRow(tx, actor.tenantId, backendId)).catch(
    () => null,
  );
  const source = configuredBackends(actor.tenantId).find(
    ({ kind, name }) =>
      row?.name === name && (row.kind === kind || (kind === 'vault' && row.kind === 'openbao')),
  );
  if (source) await readBackend(actor, source, true);
  else if (row) await noteUnconfigured(actor, row);
};

async function readBackends(actor: JobActor): Promise<void> {
  for (const source of configuredBackends(actor.tenantId)) await readBackend(actor, source);
}

async function readOwn(actor: JobActor): Promise<void> {
  if (actor.tenantId !== DEFAULT_TENANT_ID) return;
  await keepOwnSecrets(actor, await readOwnSecrets(actor, getEnv().mode));
}

/** What rooms above know and the inventory shows. */
export interface InventorySources {
  repositorySecrets(actor: JobActor): Promise<RepositorySecret[]>;
}

export function secretJobs({ repositorySecrets }: InventorySources): TenantJob[] {
  return [
    { name: 'read secret backends', everyMs: MINUTE_MS, run: readBackends },
    { name: 'list own secrets', everyMs: MINUTE_MS, run: readOwn },
    {
      name: 'list secrets in repositories',
      everyMs: 10 * MINUTE_MS,
      run: async (actor) => keepRepositorySecrets(actor, await repositorySecrets(actor)),
    },
    { name: 'tell of due secrets', everyMs: HOUR_MS, run: noticeDueSecrets },
  ];
}
