import { randomUUID } from 'node:crypto';
import type {
  SecretListEntry,
  SecretsManagerClient,
  SecretVersionsListEntry,
} from '@aws-sdk/client-secrets-manager';
import { SECOND_MS } from '@/lib/platform/core/clock';
import {
  BackendError,
  type BackendReader,
  networkProblem,
  type ProofOfDenial,
  type Reading,
  type ReadSecret,
} from './backend';
import { forEachOf } from './concurrent';

const CONCURRENCY = 5;
const SECRETS_MAX = 20_000;
const REQUEST_TIMEOUT_MS = 10 * SECOND_MS;

const ERRORS: Readonly<Record<string, ConstructorParameters<typeof BackendError>[0]>> = {
  AccessDeniedException: 'denied',
  AccessDenied: 'denied',
  UnrecognizedClientException: 'login_refused',
  InvalidClientTokenId: 'login_refused',
  IncompleteSignatureException: 'login_refused',
  InvalidSignatureException: 'login_refused',
  SignatureDoesNotMatch: 'login_refused',
  ExpiredTokenException: 'token_expired',
  ExpiredToken: 'token_expired',
  RequestTimeTooSkewed: 'clock_skew',
  RequestExpired: 'clock_skew',
  ThrottlingException: 'limited',
  TooManyRequestsException: 'limited',
  CredentialsProviderError: 'no_credential',
  InternalServiceError: 'unavailable',
  InternalServiceErrorException: 'unavailable',
  ServiceUnavailable: 'unavailable',
};

const SENTENCES: Readonly<Record<string, string>> = {
  denied:
    'AWS denied listing secrets. Allow secretsmanager:ListSecrets and ListSecretVersionIds for the worker.',
  login_refused: 'AWS did not accept the credentials of the worker. Check the access key or the role.',
  token_expired: "AWS says that the worker's session token has expired. Renew it, or use a role.",
  clock_skew: 'AWS rejected the request because the clock of this host is wrong. Synchronize it with NTP.',
  limited: 'AWS limits requests. Bulwark tries again later.',
  no_credential: 'The worker has no AWS credentials. Set them, or give its machine a role.',
  unavailable: 'AWS Secrets Manager reported an internal error. Bulwark tries again later.',
};

/** What AWS or the network said, in a sentence of ours: its own may repeat what was sent. */
export function awsProblem(error: unknown, host: string): BackendError {
  if (error instanceof BackendError) return error;
  const name = error instanceof Error ? error.name : '';
  const isLateClock = error instanceof Error && /signature (?:expired|not yet current)/i.test(error.message);
  const problem = isLateClock ? 'clock_skew' : ERRORS[name];
  if (
    problem === undefined &&
    error instanceof Error &&
    '$metadata' in error &&
    /^[A-Za-z.]{1,80}$/.test(name)
  )
    return new BackendError(
      'bad_answer',
      `AWS answered ${name}. Check the permissions and the region of the worker.`,
      { cause: error },
    );
  if (problem === undefined) return networkProblem(error, host);
  return new BackendError(problem, SENTENCES[problem] ?? `AWS answered ${name}.`, { cause: error });
}

/** Loaded when AWS is configured: the SDK is large. Its endpoint and credentials come from its own chain. */
export async function openSecretsManager(
  region: string,
): Promise<{ client: SecretsManagerClient; sdk: typeof import('@aws-sdk/client-secrets-manager') }> {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  const client = new sdk.SecretsManagerClient({
    region,
    maxAttempts: 3,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: 5 * SECOND_MS },
  });
  return { client, sdk };
}

const tagOf = (entry: SecretListEntry, name: string): string | null =>
  entry.Tags?.find(({ Key }) => Key?.toLowerCase() === name)?.Value?.trim() || null;
const listOf = (text: string | null) =>
  (text ?? '')
    .split(/[\s,]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

function versionWith(versions: readonly SecretVersionsListEntry[], label: string) {
  return versions.find(({ VersionStages }) => VersionStages?.includes(label));
}

/** A pending version that is not the current one: somebody's rotation has begun and has not ended. */
function unfinished(
  versions: readonly SecretVersionsListEntry[],
): Pick<ReadSecret, 'stuckSince' | 'stuckReason'> {
  const pending = versionWith(versions, 'AWSPENDING');
  if (!pending || pending.VersionStages?.includes('AWSCURRENT'))
    return { stuckSince: null, stuckReason: null };
  return {
    stuckSince: pending.CreatedDate ?? null,
    stuckReason: `A rotation has not finished: version ${pending.VersionId?.slice(0, 8)} is still AWSPENDING. Finish it, or remove the label.`,
  };
}

/** Its age is that of the version that is AWSCURRENT; LastChangedDate moves with every edit. */
export function secretOfEntry(
  entry: SecretListEntry,
  versions: readonly SecretVersionsListEntry[],
): ReadSecret {
  const current = versionWith(versions, 'AWSCURRENT');
  const days = entry.RotationEnabled ? entry.RotationRules?.AutomaticallyAfterDays : undefined;
  const asked = Number(tagOf(entry, 'rotation-interval-days'));
  return {
    path: entry.Name ?? entry.ARN ?? '',
    name: entry.Name ?? entry.ARN ?? '',
    kind: 'value',
    exposure: 'backend',
    model: 'single',
    ownerLabel: tagOf(entry, 'owner'),
    tags: listOf(tagOf(entry, 'bulwark')),
    consumers: listOf(tagOf(entry, 'consumers')),
    intervalDays: days ?? (asked >= 1 && asked <= 3650 ? asked : null),
    versionLabel: current?.VersionId ?? null,
    versionCount: versions.length,
    rotatedAt: current?.CreatedDate ?? null,
    usedAt: entry.LastAccessedDate ?? null,
    isUseKnown: true,
    deletedAt: entry.DeletedDate ? new Date() : null,
    recoverableUntil: entry.DeletedDate ?? null,
    ...unfinished(versions),
  };
}

/** AWS Secrets Manager in one region: names, tags, versions and dates. */
export class AwsReader implements BackendReader {
  readonly kind = 'aws';
  readonly name: string;
  private readonly host: string;

  constructor(private readonly region: string) {
    this.name = region;
    this.host = `secretsmanager.${region}.amazonaws.com`;
  }

  async read(signal: AbortSignal): Promise<Reading> {
    const { client, sdk } = await openSecretsManager(this.region);
    try {
      const entries: SecretListEntry[] = [];
      const pages = sdk.paginateListSecrets({ client, pageSize: 100 }, { IncludePlannedDeletion: true });
      for await (const page of pages) {
        signal.throwIfAborted();
        entries.push(...(page.SecretList ?? []));
        if (entries.length > SECRETS_MAX)
          throw new BackendError('too_many', `AWS holds more than ${SECRETS_MAX} secrets in ${this.region}.`);
      }
      const secrets: ReadSecret[] = [];
      await forEachOf(entries, CONCURRENCY, async (entry) => {
        signal.throwIfAborted();
        secrets.push(secretOfEntry(entry, await this.versionsOf(client, sdk, entry)));
      });
      return { secrets, unreadPaths: [], product: null, clockSkewMs: null };
    } catch (error) {
      throw awsProblem(error, this.host);
    } finally {
      client.destroy();
    }
  }

  private async versionsOf(
    client: SecretsManagerClient,
    sdk: typeof import('@aws-sdk/client-secrets-manager'),
    { ARN: SecretId, DeletedDate }: SecretListEntry,
  ): Promise<SecretVersionsListEntry[]> {
    // The versions of a secret that is to be deleted are not told.
    if (DeletedDate) return [];
    const versions: SecretVersionsListEntry[] = [];
    for await (const page of sdk.paginateListSecretVersionIds({ client }, { SecretId }))
      versions.push(...(page.Versions ?? []));
    return versions;
  }

  /**
   * Asks for a version that does not exist: whoever may read is told that it is not there, everybody else is denied. The
   * label is AWSCURRENT, so that a policy which allows that label alone is noticed. No value can be in the answer.
   */
  async prove(secrets: readonly ReadSecret[], signal: AbortSignal): Promise<ProofOfDenial> {
    const { client, sdk } = await openSecretsManager(this.region);
    const asked = secrets.filter(({ deletedAt }) => !deletedAt);
    const readable: string[] = [];
    try {
      await forEachOf(asked, CONCURRENCY, async ({ path }) => {
        signal.throwIfAborted();
        const question = { SecretId: path, VersionId: randomUUID(), VersionStage: 'AWSCURRENT' };
        const isDenied = await client.send(new sdk.GetSecretValueCommand(question)).then(
          () => false,
          (error: unknown) => this.isDenial(error),
        );
        if (!isDenied) readable.push(path);
      });
    } finally {
      client.destroy();
    }
    return proofOf(asked.length, readable);
  }

  /** @returns false where AWS let the question through @throws BackendError where it did not get that far */
  private isDenial(error: unknown): boolean {
    const name = error instanceof Error ? error.name : '';
    if (name === 'AccessDeniedException') return true;
    const isAnswered = /^(?:ResourceNotFound|InvalidRequest|InvalidParameter|DecryptionFailure)/.test(name);
    if (isAnswered) return false;
    throw awsProblem(error, this.host);
  }
}

function proofOf(paths: number, readable: readonly string[]): ProofOfDenial {
  if (paths === 0) {
    const sentence = 'Not proven: there is no secret on which reading could be tried.';
    return { outcome: 'unknown', sentence, paths };
  }
  if (readable.length > 0) {
    const [first] = [...readable].sort();
    const more = readable.length > 1 ? ` and of ${readable.length - 1} more` : '';
    const sentence = `Can read values: GetSecretValue of ${first}${more} is allowed. Deny secretsmanager:GetSecretValue to the worker.`;
    return { outcome: 'readable', sentence, paths };
  }
  const what = paths === 1 ? '1 secret' : `${paths} secrets`;
  return { outcome: 'denied', sentence: `Cannot read values: GetSecretValue is denied for ${what}.`, paths };
}
