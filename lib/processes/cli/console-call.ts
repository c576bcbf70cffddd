import { z } from 'zod';
import { getEnv, requireEnv } from '@/lib/platform/core/env/env';
import { refusePlainHttp } from './secure-url';

/** What the console answered instead. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }

  /** Asking again would be answered the same. */
  get isFinal(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }
}

/** The console as commands call it for builds and hosts: one origin, one key, no redirects. */
export async function callConsole(
  path: string,
  init: RequestInit & { duplex?: 'half' } = {},
): Promise<unknown> {
  const url = getEnv().consoleUrl;
  refusePlainHttp(url);
  const headers = { ...init.headers, authorization: `Bearer ${requireEnv('apiKey')}` };
  const response = await fetch(new URL(path, url), { ...init, headers, redirect: 'error' });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const problem = z.object({ detail: z.string() }).safeParse(body);
  throw new AnswerError(
    problem.success ? problem.data.detail : `${url} answered ${response.status}.`,
    response.status,
  );
}
