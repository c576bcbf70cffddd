/** The audit log narrowed to one key, and to a span of time where one is given. */
export function auditHref(keyId: string, range?: { fromMs: number; toMs: number }): string {
  const params = new URLSearchParams({ q: `key:${keyId}` });
  if (range) {
    params.set('from', new Date(range.fromMs).toISOString());
    params.set('to', new Date(range.toMs).toISOString());
  }
  return `/audit?${params}`;
}
