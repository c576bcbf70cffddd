import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IDENTITY_HEADERS } from '@/lib/access/gate/http/identity-headers';
import {
  SET_BY_PROXY,
  UNTRUSTED_HEADERS,
  UNTRUSTED_PREFIXES,
} from '@/lib/access/gate-routes/untrusted-headers';

/** A part of a file that is written from the list of untrusted headers. */
interface Part {
  path: string;
  /** The whole file; otherwise what stands between the two marks. */
  isWhole?: boolean;
  lines: readonly string[];
}

const START = '# headers:start';
const END = '# headers:end';
const HEAD = '# Written from lib/access/gate-routes/untrusted-headers.ts by "npm run verify -- --write".';

/** A name as Go writes it in an underscore's disguise: only what follows a hyphen is a capital. */
const disguised = (name: string) => `${name[0]}${name.slice(1).toLowerCase()}`.replaceAll('-', '_');
const removed = [...UNTRUSTED_HEADERS, ...IDENTITY_HEADERS];

const parts: readonly Part[] = [
  {
    path: 'deploy/nginx/bulwark-headers.conf',
    isWhole: true,
    lines: [HEAD, ...UNTRUSTED_HEADERS.map((name) => `proxy_set_header ${name} '';`)],
  },
  {
    path: 'deploy/traefik/forward-auth.yml',
    lines: [...removed, ...[...removed, ...SET_BY_PROXY].map(disguised)].map(
      (name) => `          ${name}: ""`,
    ),
  },
  {
    path: 'deploy/caddy/Caddyfile',
    lines: [
      ...UNTRUSTED_PREFIXES.flatMap((prefix) => [`${prefix}*`, `${disguised(prefix)}*`]),
      ...removed.filter((name) => !UNTRUSTED_PREFIXES.some((prefix) => name.startsWith(prefix))),
      'X_*',
    ].map((name) => `\t\trequest_header -${name}`),
  },
  {
    path: 'deploy/envoy/envoy.yaml',
    lines: UNTRUSTED_HEADERS.map((name) => `                        - ${name.toLowerCase()}`),
  },
];

function expected(text: string, { isWhole, lines }: Part): string | null {
  if (isWhole) return `${lines.join('\n')}\n`;
  const from = text.indexOf(START);
  const to = text.indexOf(END);
  if (from < 0 || to < from) return null;
  const endOfStart = text.indexOf('\n', from);
  const startOfEnd = text.lastIndexOf('\n', to);
  return `${text.slice(0, endOfStart)}\n${lines.join('\n')}${text.slice(startOfEnd)}`;
}

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** Every file for a proxy removes every header that only a proxy may set. */
export function checkProxyHeaders(root: string): string[] {
  return parts.flatMap((part) => {
    const text = read(join(root, part.path));
    const right = expected(text, part);
    if (right === null) return [`${part.path} has no "${START}" and "${END}". Put the two lines back.`];
    return right === text
      ? []
      : [`${part.path} does not remove every header. Run npm run verify -- --write.`];
  });
}

export function writeProxyHeaders(root: string): void {
  for (const part of parts) {
    const path = join(root, part.path);
    const right = expected(read(path), part);
    if (right !== null) writeFileSync(path, right);
  }
}
