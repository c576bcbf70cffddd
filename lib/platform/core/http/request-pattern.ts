import { normalizeHost, normalizePath } from './request-path';

/** Matches a normalized path (lib/platform/core/http/request-path.ts) or host. */
export type Matcher = (text: string) => boolean;

const anything: Matcher = () => true;

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function matchesSegments(pattern: readonly string[], isOpen: boolean, path: string): boolean {
  const segments = withoutTrailingSlash(path).slice(1).split('/');
  if (isOpen ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, i) => (part === '*' ? segments[i] !== '' : part === segments[i]));
}

/**
 * What a pattern of paths matches. `*` stands for one segment, `**` at the end for any number of them, none included.
 * A slash at the end of a path makes no difference.
 * @returns null where the pattern is not valid
 */
export function pathMatcher(pattern: string): Matcher | null {
  const canonical = normalizePath(pattern);
  if (canonical === null || pattern.includes('?')) return null;
  const parts = canonical === '/' ? [] : withoutTrailingSlash(canonical).slice(1).split('/');
  const isOpen = parts.at(-1) === '**';
  const fixed = isOpen ? parts.slice(0, -1) : parts;
  if (fixed.some((part) => part.includes('*') && part !== '*')) return null;
  if (fixed.includes('*')) return (path) => matchesSegments(fixed, isOpen, path);
  if (isOpen && fixed.length === 0) return anything;
  const base = `/${fixed.join('/')}`;
  if (isOpen)
    return (path) => path.startsWith(base) && (path.length === base.length || path[base.length] === '/');
  return (path) => path === base || (path.length === base.length + 1 && path === `${base}/`);
}

/**
 * What a pattern of hosts matches: `*` any, `*.example.org` any name below it, anything else itself.
 * @returns null where the pattern is not valid
 */
export function hostMatcher(pattern: string): Matcher | null {
  if (pattern === '*') return anything;
  if (pattern.startsWith('*.')) {
    const parent = normalizeHost(pattern.slice(2));
    if (parent === null || /[:[]/.test(pattern)) return null;
    const ending = `.${parent}`;
    return (host) => host.length > ending.length && host.endsWith(ending);
  }
  const exact = normalizeHost(pattern);
  if (exact === null || exact !== pattern.toLowerCase()) return null;
  return (host) => host === exact;
}
