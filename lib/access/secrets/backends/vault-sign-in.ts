import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SECOND_MS } from '@/lib/platform/core/clock';
import type { VaultEnv } from '@/lib/platform/core/env/env-secret-backends';
import { BackendError } from './backend';
import type { VaultAnswer, VaultClient } from './vault-client';

/** What is remembered of the secret ID that was tried last, so that a worker that starts again does not try it in vain. */
export interface CredentialMemory {
  digest: string | null;
  /** When this installation used it; null: it was refused before that. */
  usedAt: Date | null;
  save(digest: string, usedAt: Date | null): Promise<void>;
}

interface Held {
  token: string;
  /** When it should be renewed or replaced; Infinity for tokens that do not end. */
  renewAtMs: number;
  isRenewable: boolean;
}

/** Of a secret ID: tells two of them apart, is of no use to sign in. */
export const digestOfCredential = (secretId: string): string =>
  createHash('sha256').update(`bulwark secret id\0${secretId}`).digest('hex');

const hold = ({
  client_token: token,
  lease_duration: seconds,
  renewable,
}: NonNullable<VaultAnswer['auth']>): Held => ({
  token,
  renewAtMs: seconds === 0 ? Number.POSITIVE_INFINITY : Date.now() + seconds * SECOND_MS * (2 / 3),
  isRenewable: renewable,
});

/** The server answered, and did not accept what was sent (400 "invalid role or secret ID", 403). */
const isRejection = (error: unknown) =>
  error instanceof BackendError && (error.problem === 'bad_answer' || error.problem === 'denied');

/**
 * Signs in to Vault and keeps the token. A secret ID may be good for one sign-in only, so it is tried once: a refused one is
 * not tried again before another one is set.
 */
export class VaultSignIn {
  private held: Held | null = null;

  constructor(
    private readonly client: VaultClient,
    private readonly settings: VaultEnv,
    private readonly memory: CredentialMemory,
  ) {}

  /** The token in force is no longer accepted. */
  forget(): void {
    this.held = null;
  }

  /** @throws BackendError with its own sentence for each way in which a sign-in fails */
  async token(): Promise<string> {
    const { token, roleId, secretId, kubernetesRole } = this.settings;
    if (token !== null) return token;
    const held = await this.renewed();
    if (held) return held.token;
    if (roleId !== null && secretId !== null) this.held = await this.byAppRole(roleId, secretId);
    else if (kubernetesRole !== null) this.held = await this.byKubernetes(kubernetesRole);
    else
      throw new BackendError(
        'no_credential',
        'No sign-in for VAULT_ADDR is set. Set VAULT_ROLE_ID and VAULT_SECRET_ID, VAULT_TOKEN or VAULT_KUBERNETES_ROLE.',
      );
    return this.held.token;
  }

  private async renewed(): Promise<Held | null> {
    const { held } = this;
    if (!held || Date.now() < held.renewAtMs) return held;
    this.held = null;
    if (!held.isRenewable) return null;
    try {
      const answer = await this.client.post('auth/token/renew-self', held.token, {});
      if (answer?.auth) this.held = hold(answer.auth);
    } catch (error) {
      if (!(error instanceof BackendError) || error.problem !== 'denied') throw error;
    }
    return this.held;
  }

  private async byAppRole(roleId: string, secretId: string): Promise<Held> {
    const { memory } = this;
    const digest = digestOfCredential(secretId);
    const usedBefore = memory.digest === digest ? memory.usedAt : undefined;
    if (usedBefore === null) throw this.usedElsewhere();
    // Noted before it is sent: a worker that is killed in between must not accuse others of having used it.
    if (usedBefore === undefined) await this.remember(digest, new Date());
    const path = `auth/${this.settings.appRoleMount}/login`;
    try {
      return this.answered(await this.client.post(path, null, { role_id: roleId, secret_id: secretId }));
    } catch (error) {
      if (!isRejection(error)) throw error;
      if (usedBefore) throw this.usedUp(usedBefore);
      await this.remember(digest, null);
      throw this.usedElsewhere();
    }
  }

  private async remember(digest: string, usedAt: Date | null): Promise<void> {
    await this.memory.save(digest, usedAt);
    this.memory.digest = digest;
    this.memory.usedAt = usedAt;
  }

  private usedUp(usedAt: Date): BackendError {
    const at = usedAt.toISOString().slice(0, 16).replace('T', ' ');
    return new BackendError(
      'secret_id_used_up',
      `The secret ID is no longer accepted. This worker used it on ${at} UTC. Put a new one into VAULT_SECRET_ID_FILE.`,
    );
  }

  private usedElsewhere(): BackendError {
    return new BackendError(
      'secret_id_used_elsewhere',
      'The secret ID was rejected before Bulwark ever used it: it was used elsewhere, or has expired. Find out who used it, then put a new one into VAULT_SECRET_ID_FILE.',
    );
  }

  private async byKubernetes(role: string): Promise<Held> {
    const { kubernetesTokenPath: path, kubernetesMount: mount } = this.settings;
    let jwt: string;
    try {
      jwt = readFileSync(path, 'utf8').trim();
    } catch (cause) {
      throw new BackendError('no_credential', `Could not read the service account token at ${path}.`, {
        cause,
      });
    }
    try {
      return this.answered(await this.client.post(`auth/${mount}/login`, null, { role, jwt }));
    } catch (error) {
      if (!isRejection(error)) throw error;
      throw new BackendError(
        'login_refused',
        `The Kubernetes sign-in with the role "${role}" was rejected. Check the role and its service accounts.`,
      );
    }
  }

  private answered(answer: VaultAnswer | null): Held {
    if (answer?.auth) return hold(answer.auth);
    throw new BackendError('bad_answer', `${this.client.host} signed in without a token. Check its version.`);
  }
}
