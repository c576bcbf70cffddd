import { spawnSync } from 'node:child_process';
import type { ScanLimits } from '@/lib/core/env-scanners';
import { threadsOfUser } from './processes';

/** What of this machine keeps a run apart, found out once by trying. */
export interface Isolation {
  /** The prefix that makes processes, mounts and network of its own; empty where it is not permitted. */
  namespaces: readonly string[];
  canDropNetwork: boolean;
  /** Run as a user of its own, which only root can do. */
  hasOwnUser: boolean;
  hasLimits: boolean;
}

const CANDIDATES: readonly (readonly string[])[] = [
  ['unshare', '--mount-proc', '--pid', '--fork', '--kill-child=SIGKILL'],
  ['unshare', '--pid', '--fork', '--kill-child=SIGKILL'],
  ['unshare', '--user', '--map-current-user', '--pid', '--fork', '--kill-child=SIGKILL'],
];

function works(argv: readonly string[]): boolean {
  const [command = '', ...args] = argv;
  return spawnSync(command, args, { stdio: 'ignore', timeout: 5_000 }).status === 0;
}

let found: Isolation | undefined;

export function isolation(): Isolation {
  if (found) return found;
  const namespaces = CANDIDATES.find((prefix) => works([...prefix, '--', 'true'])) ?? [];
  found = {
    namespaces,
    canDropNetwork: namespaces.length > 0 && works([...namespaces, '--net', '--', 'true']),
    hasOwnUser:
      process.getuid?.() === 0 && works(['setpriv', ...asUser(61_000), '--', process.execPath, '--version']),
    hasLimits: works(['prlimit', '--core=0', '--', 'true']),
  };
  return found;
}

const asUser = (uid: number): string[] => [
  `--reuid=${uid}`,
  `--regid=${uid}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
];

export interface SandboxOptions {
  limits: ScanLimits;
  hasNetwork: boolean;
  /** The user of the run; null: this one. */
  uid: number | null;
}

/** The command with everything in front that keeps it in bounds; an argument list, never a shell. */
export function sandboxed(argv: readonly string[], options: SandboxOptions, use = isolation()): string[] {
  const { limits, hasNetwork, uid } = options;
  const threads = limits.processes + (uid === null ? threadsOfUser() : 0);
  const prlimit = use.hasLimits
    ? [
        'prlimit',
        `--cpu=${limits.cpuSeconds}`,
        `--data=${limits.memoryBytes}`,
        `--fsize=${limits.diskBytes}`,
        `--nproc=${threads}`,
        '--nofile=4096',
        '--core=0',
        '--',
      ]
    : [];
  const network = use.canDropNetwork && !hasNetwork ? ['--net'] : [];
  const namespaces = use.namespaces.length > 0 ? [...use.namespaces, ...network, '--'] : [];
  const user = uid !== null ? ['setpriv', ...asUser(uid), '--'] : [];
  return [...namespaces, ...prlimit, ...user, ...argv];
}

export interface ContainerOptions extends SandboxOptions {
  /** The path of docker or podman. */
  engine: string;
  name: string;
  image: string;
  /** Mounted at the same path, the only place that can be written. */
  scratch: string;
  /** Names of what the container gets from the engine's own environment. */
  variables: readonly string[];
}

/** The same in a container: read-only, without capabilities, as an ordinary user, from an image pinned by digest. */
export function contained(args: readonly string[], options: ContainerOptions): string[] {
  const { engine, name, image, scratch, limits, hasNetwork, uid, variables } = options;
  if (!/@sha256:[0-9a-f]{64}$/.test(image)) throw new Error('An image must be pinned by its digest.');
  const user = uid ?? process.getuid?.() ?? 65_534;
  return [
    engine,
    'run',
    '--rm',
    `--name=${name}`,
    '--pull=missing',
    `--network=${hasNetwork ? 'bridge' : 'none'}`,
    '--read-only',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
    `--user=${user}:${user}`,
    `--memory=${limits.memoryBytes}`,
    `--memory-swap=${limits.memoryBytes}`,
    '--cpus=1',
    `--pids-limit=${limits.processes}`,
    `--ulimit=cpu=${limits.cpuSeconds}`,
    `--ulimit=fsize=${limits.diskBytes}`,
    '--tmpfs=/tmp:rw,noexec,nosuid,size=64m',
    `--volume=${scratch}:${scratch}:rw`,
    `--workdir=${scratch}`,
    ...variables.map((variable) => `--env=${variable}`),
    image,
    ...args,
  ];
}
