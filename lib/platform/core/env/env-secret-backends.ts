import { z } from 'zod';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { documented } from './env-doc';
import { text, urlOf } from './env-values';

const group = 'Secret backends';
const MOUNT = /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/;

const mounts = z
  .string()
  .optional()
  .transform((value, context) => {
    const names = (value ?? '')
      .split(',')
      .map((name) => name.trim().replace(/\/$/, ''))
      .filter((name) => name !== '');
    const bad = names.find((name) => !MOUNT.test(name));
    if (bad === undefined) return names;
    context.addIssue({
      code: 'custom',
      message: `must be a list such as secret,team/kv; "${bad}" is no mount`,
    });
    return z.NEVER;
  });

const mount = (fallback: string) =>
  z.string().regex(MOUNT, 'must be the path of a mount, such as approle').default(fallback);

/** Settings of the worker: where secrets are kept that it lists. It reads names and dates, never values. */
export const secretBackendSettings = {
  VAULT_ADDR: documented(urlOf(['https:', 'http:'], 'an address such as https://vault.example.org:8200'), {
    group,
    default: 'none',
    description: 'HashiCorp Vault or OpenBao, whose secrets are listed. HTTPS is required in production.',
  }),
  VAULT_NAMESPACE: documented(text(), { group, default: 'none', description: 'Namespace in Vault.' }),
  VAULT_CACERT: documented(text(), {
    group,
    default: 'the public authorities',
    description: 'Path of a PEM file with the certificate authority of VAULT_ADDR.',
  }),
  VAULT_ROLE_ID: documented(text(), {
    group,
    secret: true,
    default: 'none',
    description: 'AppRole sign-in at VAULT_ADDR: the role ID.',
  }),
  VAULT_SECRET_ID: documented(text(), {
    group,
    secret: true,
    default: 'none',
    description: 'AppRole sign-in at VAULT_ADDR: the secret ID.',
  }),
  VAULT_TOKEN: documented(text(), {
    group,
    secret: true,
    default: 'none',
    description:
      'A token instead of AppRole. As VAULT_TOKEN_FILE, the file that Vault Agent keeps up to date.',
  }),
  VAULT_KUBERNETES_ROLE: documented(text(), {
    group,
    default: 'none',
    description: 'Kubernetes sign-in at VAULT_ADDR: the role, with the service account token of the worker.',
  }),
  VAULT_KUBERNETES_TOKEN_PATH: documented(
    z.string().default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
    {
      group,
      default: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      description: 'Where the service account token lies.',
    },
  ),
  VAULT_APPROLE_MOUNT: documented(mount('approle'), {
    group,
    default: 'approle',
    description: 'Mount of the AppRole method.',
  }),
  VAULT_KUBERNETES_MOUNT: documented(mount('kubernetes'), {
    group,
    default: 'kubernetes',
    description: 'Mount of the Kubernetes method.',
  }),
  VAULT_MOUNTS: documented(mounts, {
    group,
    default: 'every mount that the token can see',
    description: 'Mounts of the engines KV (version 2) and database that are listed, as secret,database.',
  }),
  AWS_REGION: documented(
    z
      .string()
      .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region such as eu-central-1')
      .optional(),
    {
      group,
      default: 'none',
      description:
        'Lists the secrets of AWS Secrets Manager in this region. Credentials come from the usual places of the AWS SDK.',
    },
  ),
  SECRETS_TENANT: documented(z.uuid('must be the id of a tenant').optional(), {
    group,
    default: 'the default tenant',
    description: 'ID of the tenant that the secrets of these backends belong to.',
  }),
};

export type SecretBackendSettings = z.output<z.ZodObject<typeof secretBackendSettings>>;

export interface VaultEnv {
  address: string;
  namespace: string | null;
  caPath: string | null;
  roleId: string | null;
  secretId: string | null;
  token: string | null;
  kubernetesRole: string | null;
  kubernetesTokenPath: string;
  appRoleMount: string;
  kubernetesMount: string;
  mounts: readonly string[];
}

export interface SecretBackendsEnv {
  tenantId: string;
  /** Null where none is configured. */
  vault: VaultEnv | null;
  awsRegion: string | null;
}

export function describeSecretBackends(settings: SecretBackendSettings): SecretBackendsEnv {
  const address = settings.VAULT_ADDR?.replace(/\/+$/, '');
  return {
    tenantId: settings.SECRETS_TENANT ?? DEFAULT_TENANT_ID,
    awsRegion: settings.AWS_REGION ?? null,
    vault: address
      ? {
          address,
          namespace: settings.VAULT_NAMESPACE ?? null,
          caPath: settings.VAULT_CACERT ?? null,
          roleId: settings.VAULT_ROLE_ID ?? null,
          secretId: settings.VAULT_SECRET_ID ?? null,
          token: settings.VAULT_TOKEN ?? null,
          kubernetesRole: settings.VAULT_KUBERNETES_ROLE ?? null,
          kubernetesTokenPath: settings.VAULT_KUBERNETES_TOKEN_PATH,
          appRoleMount: settings.VAULT_APPROLE_MOUNT,
          kubernetesMount: settings.VAULT_KUBERNETES_MOUNT,
          mounts: settings.VAULT_MOUNTS,
        }
      : null,
  };
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What every mode refuses: half a sign-in, or a sign-in without the server. */
export function secretBackendProblems(settings: SecretBackendSettings): string[] {
  const { VAULT_ADDR, VAULT_ROLE_ID, VAULT_SECRET_ID, VAULT_TOKEN, VAULT_KUBERNETES_ROLE } = settings;
  const hasSignIn = VAULT_ROLE_ID ?? VAULT_SECRET_ID ?? VAULT_TOKEN ?? VAULT_KUBERNETES_ROLE;
  if (!VAULT_ADDR)
    return hasSignIn ? ['VAULT_ADDR is not set, but a sign-in for it is. Set VAULT_ADDR.'] : [];
  const problems: string[] = [];
  if (new URL(VAULT_ADDR).username || new URL(VAULT_ADDR).password)
    problems.push('VAULT_ADDR cannot contain a user name or password. Remove them.');
  if ((VAULT_ROLE_ID === undefined) !== (VAULT_SECRET_ID === undefined))
    problems.push('VAULT_ROLE_ID and VAULT_SECRET_ID belong together. Set both, each with _FILE.');
  const methods = [VAULT_ROLE_ID, VAULT_TOKEN, VAULT_KUBERNETES_ROLE].filter((one) => one !== undefined);
  if (methods.length > 1)
    problems.push('Set one sign-in for VAULT_ADDR: VAULT_ROLE_ID, VAULT_TOKEN or VAULT_KUBERNETES_ROLE.');
  return problems;
}

/** What only production refuses: an address on which others could read the sign-in. */
export function secretBackendProductionProblems({ VAULT_ADDR }: SecretBackendSettings): string[] {
  if (!VAULT_ADDR) return [];
  const { protocol, hostname } = new URL(VAULT_ADDR);
  return protocol === 'http:' && !LOOPBACK.has(hostname)
    ? ['VAULT_ADDR must be an https URL in production.']
    : [];
}
