import type { VaultEnv } from '@/lib/platform/core/env/env-secret-backends';
import {
  BackendError,
  type BackendReader,
  type ProofOfDenial,
  type Reading,
  type ReadSecret,
} from './backend';
import { forEachOf } from './concurrent';
import { VaultClient } from './vault-client';
import { itemOf, secretOfDynamicRole, secretOfMetadata, secretOfStaticRole, textOf } from './vault-metadata';
import { proveDenied } from './vault-proof';
import { type CredentialMemory, VaultSignIn } from './vault-sign-in';

type Item = Record<string, unknown>;
type Kind = 'vault' | 'openbao';

const SECRETS_MAX = 20_000;
const DEPTH_MAX = 30;
const CONCURRENCY = 8;

/** HashiCorp Vault or OpenBao: metadata of KV version 2, static and dynamic roles of the engine "database". */
export class VaultReader implements BackendReader {
  kind: Kind = 'vault';
  readonly name: string;
  private readonly client: VaultClient;
  private readonly signIn: VaultSignIn;
  private mounts = new Map<string, string>();

  /** @throws BackendError where the certificate authority cannot be read */
  constructor(
    private readonly settings: VaultEnv,
    memory: CredentialMemory,
  ) {
    this.name = settings.address;
    this.client = new VaultClient(settings);
    this.signIn = new VaultSignIn(this.client, settings, memory);
  }

  /** Runs work with a token; where that has ended in the meantime, signs in once more. */
  private async withToken<T>(work: (token: string) => Promise<T>): Promise<T> {
    const token = await this.signIn.token();
    try {
      return await work(token);
    } catch (error) {
      if (!(error instanceof BackendError) || error.problem !== 'denied' || (await this.isAlive(token)))
        throw error;
      this.signIn.forget();
      if (this.settings.token !== null)
        throw new BackendError(
          'token_expired',
          'The token has expired or was revoked. Set a new VAULT_TOKEN.',
        );
      return work(await this.signIn.token());
    }
  }

  private async isAlive(token: string): Promise<boolean> {
    try {
      await this.client.get('auth/token/lookup-self', token);
      return true;
    } catch (error) {
      if (error instanceof BackendError && error.problem === 'denied') return false;
      throw error;
    }
  }

  read(signal: AbortSignal): Promise<Reading> {
    return this.withToken(async (token) => {
      const product = await this.learnMounts(token, signal);
      const secrets: ReadSecret[] = [];
      const unreadPaths: string[] = [];
      for (const [mount, engine] of this.mounts) {
        if (engine === 'kv') await this.readKv({ mount, token, signal, secrets, unreadPaths });
        else await this.readDatabase({ mount, token, signal, secrets, unreadPaths });
      }
      return { secrets, unreadPaths, product, clockSkewMs: this.client.clockSkewMs };
    });
  }

  /** The mounts that this identity can see, or those that the settings name. */
  private async learnMounts(token: string, signal: AbortSignal): Promise<string | null> {
    const answer = await this.client.get('sys/internal/ui/mounts', token, signal);
    const seen = Object.entries(itemOf(answer?.data.secret)).map(([path, body]) => ({
      mount: path.replace(/\/$/, ''),
      type: textOf(itemOf(body).type),
      version: textOf(itemOf(itemOf(body).options).version),
      plugin: textOf(itemOf(body).running_plugin_version),
    }));
    const { mounts: named } = this.settings;
    const missing = named.find((name) => !seen.some(({ mount }) => mount === name));
    if (missing !== undefined)
      throw new BackendError(
        'denied',
        `Bulwark's identity cannot see the mount "${missing}" of VAULT_MOUNTS. Extend its policy.`,
      );
    const used = seen.filter(({ mount }) => named.length === 0 || named.includes(mount));
    this.mounts = new Map(
      used.flatMap(({ mount, type, version }): [string, string][] => {
        if (type === 'kv' && version === '2') return [[mount, 'kv']];
        return type === 'database' ? [[mount, 'database']] : [];
      }),
    );
    const plugin = seen.map((one) => one.plugin).find((text) => text !== '') ?? '';
    this.kind = /\+builtin\.bao\b/.test(plugin) ? 'openbao' : 'vault';
    return /^v?(\d+\.\d+\.\d+)/.exec(plugin)?.[1] ?? null;
  }

  private async readKv({ mount, token, signal, secrets, unreadPaths }: ReadingOfMount): Promise<void> {
    const paths: string[] = [];
    const folders = [{ folder: '', depth: 0 }];
    for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
      const { folder, depth } = next;
      for (const name of await this.listed(
        `${mount}/metadata/${folder}`,
        `${mount}/${folder}`,
        token,
        signal,
        unreadPaths,
      )) {
        if (!name.endsWith('/')) paths.push(`${folder}${name}`);
        else if (depth < DEPTH_MAX) folders.push({ folder: `${folder}${name}`, depth: depth + 1 });
        else unreadPaths.push(`${mount}/${folder}${name}`);
      }
      if (paths.length + secrets.length > SECRETS_MAX)
        throw new BackendError(
          'too_many',
          `${this.client.host} holds more than ${SECRETS_MAX} secrets. Name mounts in VAULT_MOUNTS.`,
        );
    }
    await forEachOf(paths, CONCURRENCY, async (path) => {
      const answer = await this.readable(
        `${mount}/metadata/${encodePath(path)}`,
        `${mount}/${path}`,
        token,
        signal,
        unreadPaths,
      );
      if (answer) secrets.push(secretOfMetadata(mount, path, answer));
    });
  }

  private async readDatabase({ mount, token, signal, secrets, unreadPaths }: ReadingOfMount): Promise<void> {
    const roles = await this.listed(
      `${mount}/static-roles`,
      `${mount}/static-roles/`,
      token,
      signal,
      unreadPaths,
    );
    await forEachOf(roles, CONCURRENCY, async (name) => {
      const path = `${mount}/static-roles/${encodePath(name)}`;
      const answer = await this.readable(path, `${mount}/static-roles/${name}`, token, signal, unreadPaths);
      if (answer) secrets.push(secretOfStaticRole(mount, name, answer));
    });
    for (const name of await this.listed(`${mount}/roles`, `${mount}/roles/`, token, signal, unreadPaths))
      secrets.push(secretOfDynamicRole(mount, name));
  }

  /** A denied folder is noted, not taken for an empty one. */
  private async listed(
    path: string,
    shown: string,
    token: string,
    signal: AbortSignal,
    unread: string[],
  ): Promise<string[]> {
    try {
      return await this.client.list(path.replace(/\/$/, ''), token, signal);
    } catch (error) {
      await this.noteDenied(error, shown, token, unread);
      return [];
    }
  }

  private async readable(
    path: string,
    shown: string,
    token: string,
    signal: AbortSignal,
    unread: string[],
  ): Promise<Item | null> {
    try {
      return (await this.client.get(path, token, signal))?.data ?? null;
    } catch (error) {
      await this.noteDenied(error, shown, token, unread);
      return null;
    }
  }

  /** @throws the error, unless it is a denial of this very path while the token lives */
  private async noteDenied(error: unknown, shown: string, token: string, unread: string[]): Promise<void> {
    if (!(error instanceof BackendError) || error.problem !== 'denied' || !(await this.isAlive(token)))
      throw error;
    unread.push(shown);
  }

  prove(secrets: readonly ReadSecret[], signal: AbortSignal): Promise<ProofOfDenial> {
    return this.withToken(async (token) => {
      if (this.mounts.size === 0) await this.learnMounts(token, signal);
      return proveDenied(this.client, token, secrets, this.mounts, signal);
    });
  }
}

interface ReadingOfMount {
  mount: string;
  token: string;
  signal: AbortSignal;
  secrets: ReadSecret[];
  unreadPaths: string[];
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');
