import { webReadiness } from '@/lib/platform/core/metrics/readiness';

export const dynamic = 'force-dynamic';

export async function GET(): Promise<Response> {
  const { isReady, reason } = await webReadiness();
  const body = isReady ? { status: 'ready' } : { status: 'not ready', reason };
  return Response.json(body, { status: isReady ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
