import { getEnv } from '@/lib/platform/core/env/env';
import { openApiDocument } from './document';

export const dynamic = 'force-dynamic';

/** Open to everybody: it describes the product, and holds nothing of a tenant. */
export function GET(): Response {
  return Response.json(openApiDocument(getEnv()), { headers: { 'cache-control': 'no-cache' } });
}
