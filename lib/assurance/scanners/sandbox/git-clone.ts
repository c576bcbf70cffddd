import { lookup } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  checkAddresses,
  hostOf,
  type OutboundAllow,
  parseOutboundUrl,
} from '@/lib/platform/core/outbound/outbound-address';

export type Resolve = (host: string) => Promise<string[]>;

const bySystem: Resolve = async (host) =>
  (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address);

/** Asks the name server once and refuses what is private. @returns `host:port:addresses` to pin the connection to */
export async function pinnedHost(text: string, allow: OutboundAllow, resolve = bySystem): Promise<string> {
  const url = parseOutboundUrl(text, allow);
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  checkAddresses(url, addresses, allow);
  const shown = addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address));
  return `${host}:${url.port || '443'}:${shown.join(',')}`;
}

export interface CloneOptions {
  location: string;
  branch: string;
  depth: number;
  /** From `pinnedHost`; null for file. */
  pin: string | null;
  folder: string;
  config: string;
}

/** What git would do by itself or on a repository's word, and must not. */
const FORBIDDEN = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.symlinks=false',
  'core.sshCommand=false',
  'credential.helper=',
  'protocol.allow=never',
  'protocol.ext.allow=never',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'transfer.fsckObjects=true',
  'http.followRedirects=false',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** The argument list of a clone that runs nothing of the repository. */
export function cloneArgs({ location, branch, depth, pin, folder }: Omit<CloneOptions, 'config'>): string[] {
  const protocol = pin === null ? 'file' : 'https';
  const settings = [
    ...FORBIDDEN,
    `protocol.${protocol}.allow=always`,
    ...(pin === null ? [] : [`http.curloptResolve=${pin}`]),
  ];
  return [
    'git',
    ...settings.flatMap((setting) => ['-c', setting]),
    'clone',
    '--quiet',
    '--no-local',
    '--no-tags',
    '--single-branch',
    '--no-recurse-submodules',
    '--template=',
    `--depth=${depth}`,
    `--branch=${branch}`,
    '--',
    location,
    folder,
  ];
}

/** The only configuration that git may read, as a file; nothing of the system's or the user's. */
export async function gitVariables(config: string, location: string): Promise<Record<string, string>> {
  const path = join(config, 'gitconfig');
  const folder = location.startsWith('file:') ? fileURLToPath(location) : '';
  const safe = [folder, join(folder, '.git')].map((one) => `\tdirectory = ${JSON.stringify(one)}\n`).join('');
  await writeFile(path, folder === '' ? '' : `[safe]\n${safe}`, { mode: 0o644 });
  return {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: path,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_ALLOW_PROTOCOL: 'https:file',
  };
}
