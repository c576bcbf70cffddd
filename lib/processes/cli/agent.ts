import { spawn } from 'node:child_process';
import { z } from 'zod';
import {
  fetchedSecretDto,
  type SelfRotationDto,
  selfRotationDto,
} from '@/lib/access/api-keys/rotation-contract';
import type { SecretTarget } from './secret-target';

const REQUEST_TIMEOUT_MS = 15_000;
const RELOAD_TIMEOUT_MS = 60_000;
const PATH = '/api/v1/keys/self/rotation';

export interface AgentKey {
  target: SecretTarget;
  /** What makes the service read the new secret: a program and its arguments, never a shell's text. */
  reload: readonly string[];
}

export interface AgentRound {
  rotated: string[];
  failed: string[];
}

const problem = z.object({ detail: z.string() });

async function ask<S extends z.ZodType>(
  url: string,
  method: 'GET' | 'POST',
  secret: string,
  answer: S,
): Promise<z.output<S>> {
  const response = await fetch(new URL(PATH, url), {
    method,
    headers: { authorization: `Bearer ${secret}` },
    redirect: 'error',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return answer.parse(body);
  const said = problem.safeParse(body);
  throw new Error(said.success ? said.data.detail : `Bulwark returned HTTP ${response.status}.`);
}

/** Runs the program and waits for it. @throws Error where it fails or takes longer than a minute */
function runReload([program = '', ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: RELOAD_TIMEOUT_MS,
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${signal ?? code}.`)),
    );
  });
}

/**
 * Looks after the secrets of services on this host. A round asks for each key whether a new secret waits, fetches it with
 * the current one, replaces it where it lies and reloads the service. What a crash left undone, the next round does.
 */
export class RotateAgent {
  /** Keys whose service must still be told of the secret that lies there. */
  private readonly toReload = new Set<AgentKey>();
  private isFirstRound = true;

  constructor(
    private readonly url: string,
    private readonly keys: readonly AgentKey[],
    private readonly say: (line: string) => void,
  ) {}

  async round(): Promise<AgentRound> {
    const result: AgentRound = { rotated: [], failed: [] };
    for (const key of this.keys) {
      const { label } = key.target;
      try {
        if (await this.lookAfter(key)) result.rotated.push(label);
      } catch (error) {
        result.failed.push(label);
        this.say(`${label}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.isFirstRound = false;
    return result;
  }

  private async lookAfter(key: AgentKey): Promise<boolean> {
    const secret = await key.target.read();
    const status: SelfRotationDto = await ask(this.url, 'GET', secret, selfRotationDto);
    // A secret that nobody has used yet, found at the start: an earlier agent may have ended before the reload.
    if (this.isFirstRound && status.state === 'pending') this.toReload.add(key);
    if (status.shouldFetch) await this.replace(key, secret);
    else if (!this.toReload.has(key)) return false;
    await this.reload(key);
    return status.shouldFetch;
  }

  private async replace(key: AgentKey, secret: string): Promise<void> {
    const fetched = await ask(this.url, 'POST', secret, fetchedSecretDto);
    await key.target.write(fetched.secret);
    this.toReload.add(key);
    this.say(`${key.target.label}: version ${fetched.version} is in place.`);
  }

  private async reload(key: AgentKey): Promise<void> {
    if (key.reload.length > 0) await runReload(key.reload);
    this.toReload.delete(key);
  }
}
