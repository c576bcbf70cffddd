import { UsageError } from './command';

/** Secrets travel: in the open only to this very machine. */
export function refusePlainHttp(text: string): void {
  const { protocol, hostname } = new URL(text);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isLocal)) return;
  throw new UsageError(`${text} is not encrypted. Use https.`);
}
