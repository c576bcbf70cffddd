import { type GatePolicy, parseGatePolicy } from '@/lib/access/gate-routes/route-table';
import { createLimiter, type Limiter } from '@/lib/platform/rate-limit/limiter';
import { fixedPolicy } from '@/lib/platform/rate-limit/policy-file';

const silent = { info: () => undefined, warn: () => undefined };

/** Failed keys are counted, requests are not limited. */
export const FAILED_KEYS_ONLY = `
version: 1
limits:
  - name: failed-keys
    counts: failed_keys
    per: ip
    windows: [{ quota: 30, window: 1m }]
`;

export function testLimiter(text = FAILED_KEYS_ONLY, redisUrl: string | null = null): Limiter {
  return createLimiter({ policy: fixedPolicy(text), redisUrl, plane: 'gate', log: silent });
}

/** @param routes the list under `routes:`, in YAML */
export function testPolicy(routes = '[]', proxies = '127.0.0.1'): { current: GatePolicy } {
  const text = `version: 1\ntrustedProxies: [${proxies}]\nroutes:${routes.startsWith('[') ? ' ' : '\n'}${routes}\n`;
  return { current: parseGatePolicy(text, 'gate.yaml') };
}
