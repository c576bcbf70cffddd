import { globSync } from 'node:fs';
import { mintSession } from '@/db/test/mint-session';
import { useConsoleLimiter as limitConsoleBy } from '@/lib/platform/rate-limit/console-limiter';
import { unlimited } from '@/lib/platform/rate-limit/test/unlimited';

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

interface Endpoint {
  pattern: RegExp;
  file: string;
}

/** `findings/[id]/route.ts` as what it answers to; what names more of the path itself goes first. */
const endpoints: Endpoint[] = globSync('app/api/v1/**/route.ts')
  .filter((file) => !file.includes('[...'))
  .map((file) => ({ file, path: file.slice('app/api/v1'.length, -'/route.ts'.length) }))
  .sort((a, b) => a.path.split('[').length - b.path.split('[').length)
  .map(({ file, path }) => ({
    file,
    pattern: new RegExp(`^${path.replaceAll(/\[(\w+)\]/g, '(?<$1>[^/]+)')}$`),
  }));

async function answer(url: URL, init: RequestInit | undefined, cookie: string): Promise<Response> {
  const path = url.pathname.slice('/api/v1'.length);
  const found = endpoints.find(({ pattern }) => pattern.test(path));
  if (!found) throw new Error(`nothing answers at ${url.pathname}`);
  const module: Record<string, Handler> = await import(
    /* @vite-ignore */ `@/${found.file.replace(/\.ts$/, '')}`
  );
  const headers = new Headers(init?.headers);
  headers.set('cookie', cookie);
  headers.set('sec-fetch-site', 'same-origin');
  const method = init?.method ?? 'GET';
  const handler = module[method];
  if (!handler) throw new Error(`${method} is not allowed at ${url.pathname}`);
  const request = new Request(url, { method, headers, body: init?.body ?? null });
  return handler(request, { params: Promise.resolve({ ...found.pattern.exec(path)?.groups }) });
}

/**
 * Answers what the console asks of its own API with the real handlers, as an operator whose session is real: the screens' queries run
 * unchanged. @returns what undoes it
 */
export async function answerConsole(): Promise<() => void> {
  limitConsoleBy(unlimited());
  const { cookie } = await mintSession({ role: 'operator' });
  const { fetch: before, document: page } = globalThis;
  globalThis.fetch = (input, init) => {
    const text = input instanceof Request ? input.url : String(input);
    return text.startsWith('/api/v1/')
      ? answer(new URL(text, 'http://localhost:3000'), init, cookie)
      : before(input, init);
  };
  // A page that names no tenant of its own.
  globalThis.document = { querySelector: () => null } as unknown as Document;
  return () => {
    globalThis.fetch = before;
    globalThis.document = page;
  };
}
