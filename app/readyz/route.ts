import { webReadiness } from '@/lib/platform/core/metrics/readiness';
import { refusedFiles } from '@/lib/platform/core/watched-files';

export const dynamic = 'force-dynamic';

export async function GET(): Promise<Response> {
  const { isReady, reason } = await webReadiness();
  const files = { refusedFiles: refusedFiles() };
  const body = isReady ? { status: 'ready', ...files } : { status: 'not ready', reason, ...files };
  return Response.json(body, { status: isReady ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
