import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import type { ScanLimits } from '@/lib/platform/core/env/env-scanners';
import { threadsOfUser } from './processes';

/** What of this machine keeps a run apart, found out once by trying. */
export interface Isolation {
  /** The prefix that makes processes, mounts and network of its own; empty where it is not permitted. */
  namespaces: readonly string[];
  canDropNetwork: boolean;
  /** Run as a user of its own, which only root can do. */
  hasOwnUser: boolean;
  hasLimits: boolean;
  /** The kernel kills the first process of a command when the worker itself is killed. */
  diesWithWorker: boolean;
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
    diesWithWorker: works(['setpriv', ...DIE, '--', 'true']),
  };
  return found;
}

const DIE = ['--pdeathsig=KILL'];

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

/** The kernel counts all threads of a user, so those of Bulwark come on top where the run has its user. */
const threadsAllowed = (limits: ScanLimits, uid: number | null): number =>
  limits.processes + (uid === null ? threadsOfUser() : 0);

/** The command with everything in front that keeps it in bounds; an argument list, never a shell. */
export function sandboxed(argv: readonly string[], options: SandboxOptions, use = isolation()): string[] {
  const { limits, hasNetwork, uid } = options;
  const threads = threadsAllowed(limits, uid);
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
  // Asked for again behind the change of user, which makes the kernel forget it.
  const user = uid !== null ? ['setpriv', ...asUser(uid), ...(use.diesWithWorker ? DIE : []), '--'] : [];
  const first = use.diesWithWorker ? ['setpriv', ...DIE, '--'] : [];
  return [...first, ...namespaces, ...prlimit, ...user, ...argv];
}

export interface ContainerOptions extends SandboxOptions {
  /** The path of docker or podman. */
  engine: string;
  name: string;
  image: string;
  /** Mounted at the same path, the only place that can be written. */
  scratch: string;
  /** What everybody may read, by value. */
  variables: Readonly<Record<string, string>>;
  /** Names of what the container gets from the engine's own environment: an argument list is not secret. */
  secrets: readonly string[];
}

/** The same in a container: read-only, without capabilities, as an ordinary user, from an image pinned by digest. */
export function contained(args: readonly string[], options: ContainerOptions): string[] {
  const { engine, name, image, scratch, limits, hasNetwork, uid, variables, secrets } = options;
  if (!/@sha256:[0-9a-f]{64}$/.test(image)) throw new Error('An image must be pinned by its digest.');
  const user = uid ?? process.getuid?.() ?? 65_534;
  const threads = threadsAllowed(limits, uid);
  const isRootless = uid === null && user !== 0 && basename(engine) === 'podman';
  return [
    engine,
    'run',
    '--rm',
    // Without root, podman would give the user of the container another user of the machine.
    ...(isRootless ? ['--userns=keep-id'] : []),
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
    // Named, because an engine's own defaults can be above what it may set.
    '--ulimit=nofile=4096:4096',
    `--ulimit=nproc=${threads}:${threads}`,
    '--tmpfs=/tmp:rw,noexec,nosuid,size=64m',
    `--volume=${scratch}:${scratch}:rw`,
    `--workdir=${scratch}`,
    ...Object.entries(variables).map(([variable, value]) => `--env=${variable}=${value}`),
    ...secrets.map((secret) => `--env=${secret}`),
    image,
    ...args,
  ];
}
