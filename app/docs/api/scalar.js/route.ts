import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const BUNDLE = 'node_modules/@scalar/api-reference/dist/browser/standalone.js';

let bundle: Promise<{ body: Buffer<ArrayBuffer>; etag: string }> | undefined;

async function load() {
  const body = await readFile(join(process.cwd(), BUNDLE));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
}

/** Scalar's bundle as npm delivered it; the browser asks again each time and is told that it has it. */
export async function GET(request: Request): Promise<Response> {
  bundle ??= load();
  const { body, etag } = await bundle.catch((error: unknown) => {
    bundle = undefined;
    throw error;
  });
  const headers = { etag, 'cache-control': 'no-cache', 'content-type': 'text/javascript; charset=utf-8' };
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  return new Response(body, { headers });
}
