import type { KeyDto } from '@/lib/access/api-keys/contract';
import { eventsHref } from '@/lib/platform/audit/event-kinds-contract';

/** The audit log narrowed to one key. */
export function auditHref(keyId: string): string {
  return `/audit?${new URLSearchParams({ q: `key:${keyId}` })}`;
}

/** As many versions as one filter takes; nobody uses a secret that is older than that many. */
const VERSIONS_MAX = 20;

/** The very requests that the bars of a span count. */
export function usageHref(
  { versions }: Pick<KeyDto, 'versions'>,
  span: { fromMs: number; toMs: number },
): string {
  const [from, to] = [new Date(span.fromMs).toISOString(), new Date(span.toMs).toISOString()];
  const version = versions.slice(0, VERSIONS_MAX).map(({ id }) => id);
  return eventsHref({ version, access: 'show' }, { from, to });
}
