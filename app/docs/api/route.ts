import { referencePage } from './page-html';

export const dynamic = 'force-dynamic';

/** The reference of the API, from files of this installation only: no CDN, no fonts, no telemetry. */
export function GET(request: Request): Response {
  const nonce = request.headers.get('x-nonce') ?? '';
  return new Response(referencePage(nonce), {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}
