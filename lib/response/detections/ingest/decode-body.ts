import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { BodyEncoding } from '@/lib/access/gate/intake-contract';

/** What a body may unpack to; more is a bomb, or a mistake. */
export const UNPACKED_MAX = 10 * 1024 * 1024;

/** A body as text; invalid UTF-8 becomes U+FFFD. @returns the text, or why there is none */
export function decodeBody(body: Uint8Array, encoding: BodyEncoding): { text: string } | { problem: string } {
  try {
    const bytes = unpack(body, encoding);
    return { text: new TextDecoder('utf-8').decode(bytes) };
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    const problem = isTooLarge
      ? `It unpacks to more than ${UNPACKED_MAX} bytes.`
      : `It is not valid ${encoding} data.`;
    return { problem };
  }
}

function unpack(body: Uint8Array, encoding: BodyEncoding): Uint8Array {
  const limit = { maxOutputLength: UNPACKED_MAX };
  switch (encoding) {
    case 'identity':
      return body;
    case 'gzip':
      return gunzipSync(body, limit);
    case 'deflate':
      return inflateSync(body, limit);
    case 'br':
      return brotliDecompressSync(body, limit);
  }
}
