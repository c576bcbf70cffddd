import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { access, constants, realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { SCANNER_FACTS, type Scanner } from '@/lib/assurance/scanners/contract';
import { ScanProblem } from '@/lib/assurance/scanners/runs/scan-problem';
import type { ScannerEnv } from '@/lib/platform/core/env/env-scanners';
import { DEFINITIONS } from './definitions';

const run = promisify(execFile);

/** The directories in which scanners are looked for; the environment of Bulwark goes no further. */
export const SEARCH_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function executable(path: string): Promise<string | null> {
  try {
    await access(path, constants.X_OK);
    return await realpath(path);
  } catch {
    return null;
  }
}

/**
 * The command of a scanner: the pinned binary if one is configured, else what the system's directories have.
 * @throws ScanProblem where it is not installed, or is not the binary that was pinned
 */
export async function commandOf(
  scanner: Scanner,
  { binaries }: Pick<ScannerEnv, 'binaries'>,
  search: readonly string[] = SEARCH_PATH,
): Promise<string[]> {
  const { command, ownCommand } = DEFINITIONS[scanner];
  const { name, install } = SCANNER_FACTS[scanner];
  if (ownCommand) return [...ownCommand()];
  const pinned = binaries[scanner];
  if (pinned) {
    const path = await executable(pinned.path);
    if (!path) throw new ScanProblem(`${name} is pinned to ${pinned.path}, where no program is.`);
    const digest = await digestOf(path);
    if (digest === pinned.sha256) return [path];
    const what = `${pinned.path} has the digest sha256:${digest.slice(0, 12)}…, not the pinned one.`;
    throw new ScanProblem(
      `${name} does not match its pinned digest and was not run: ${what} Check the binary, then update SCAN_BINARIES.`,
    );
  }
  for (const folder of search.flatMap((one) => one.split(delimiter))) {
    const path = await executable(join(folder, command ?? scanner));
    if (path) return [path];
  }
  throw new ScanProblem(`${name} is not installed on the worker. Install it with "${install}".`);
}

/** Clones git targets, whatever scans them. @throws ScanProblem where the worker has none */
export async function requireGit(search: readonly string[] = SEARCH_PATH): Promise<void> {
  const found = await Promise.all(search.map((folder) => executable(join(folder, 'git'))));
  if (found.every((path) => path === null))
    throw new ScanProblem(
      'Git is not installed on the worker, and git targets need it. Install it with "apt-get install git".',
    );
}

/** What an engine needs of its own: where the images of this user are, and its socket. */
export function engineVariables(): Record<string, string> {
  const runtime = `/run/user/${process.getuid?.() ?? 0}`;
  return {
    PATH: SEARCH_PATH.join(':'),
    HOME: homedir(),
    TMPDIR: tmpdir(),
    ...(existsSync(runtime) ? { XDG_RUNTIME_DIR: runtime } : {}),
  };
}

/** Whether an engine can be reached; docker is there without its daemon. @returns null, or what it said */
async function refusalOf(engine: string): Promise<string | null> {
  const env = { ...engineVariables(), NODE_ENV: 'production' as const };
  try {
    await run(engine, ['version'], { env, timeout: 10_000 });
    return null;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    return said.split('\n').at(-1)?.slice(0, 300) || 'it does not answer';
  }
}

/**
 * @returns the path of docker, or else of podman, whichever answers
 * @throws ScanProblem where the worker has neither, or what it has does not answer
 */
export async function containerEngine(search: readonly string[] = SEARCH_PATH): Promise<string> {
  const refusals: string[] = [];
  for (const name of ['docker', 'podman']) {
    const found = await Promise.all(search.map((folder) => executable(join(folder, name))));
    const path = found.find((one) => one !== null);
    if (!path) continue;
    const refusal = await refusalOf(path);
    if (refusal === null) return path;
    refusals.push(`${name} says: ${refusal}`);
  }
  if (refusals.length > 0)
    throw new ScanProblem(`SCAN_ISOLATION=container needs an engine that answers. ${refusals.join(' ')}`);
  throw new ScanProblem(
    'SCAN_ISOLATION=container needs docker or podman on the worker, and neither is there.',
  );
}
