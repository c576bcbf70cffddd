import { type IncomingMessage, Server } from 'node:http';
import { PEER_HEADER } from './client-ip';

const holder = globalThis as typeof globalThis & { bulwarkPeerAddress?: boolean };

/**
 * Next keeps a client's own X-Forwarded-For and shows handlers no socket, so without this any caller could choose the
 * address it is recorded and limited by. Called once from instrumentation.ts, before the first request.
 */
export function installPeerAddress(): void {
  if (holder.bulwarkPeerAddress) return;
  holder.bulwarkPeerAddress = true;
  const emit = Server.prototype.emit;
  Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'request') {
      const request = args[0] as IncomingMessage;
      request.headers[PEER_HEADER] = request.socket.remoteAddress ?? '';
    }
    return Reflect.apply(emit, this, [event, ...args]);
  };
}
