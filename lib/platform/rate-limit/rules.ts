/** `*.example.com` matches any name under example.com, not example.com itself. A port in a pattern must be there. */
export function hostMatches(pattern: string, host: string): boolean {
  const bare = pattern.includes(':') ? host : host.replace(/:\d+$/, '');
  return pattern.startsWith('*.')
    ? bare.endsWith(pattern.slice(1)) && bare.length >= pattern.length
    : bare === pattern;
}

/** `*` is one segment that is not empty, a final `**` is whatever follows, also nothing. Without a regular expression: no path can be slow. */
export function pathMatches(pattern: string, path: string): boolean {
  let at = 0;
  let from = 1;
  while (from <= pattern.length) {
    const slash = pattern.indexOf('/', from);
    const until = slash === -1 ? pattern.length : slash;
    const wanted = pattern.slice(from, until);
    if (wanted === '**') return at === path.length || path[at] === '/';
    if (path[at] !== '/') return false;
    const next = path.indexOf('/', at + 1);
    const end = next === -1 ? path.length : next;
    const isSame = wanted === '*' ? end > at + 1 : path.slice(at + 1, end) === wanted;
    if (!isSame) return false;
    at = end;
    from = until + 1;
  }
  return at === path.length;
}
