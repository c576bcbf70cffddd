import type { Socket } from 'node:net';
import { AppError } from '@/lib/platform/core/errors';
import { problemOf } from '@/lib/platform/core/http/http';
import { newRequestId } from './request-id';

/** The status that a request which Node could not parse is answered with. */
const UNPARSED_STATUS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Answers what is no HTTP request. */
export function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new AppError('bad_request', 'The request is not valid HTTP, too long or too slow.');
  const body = JSON.stringify(problemOf(problem, newRequestId()));
  const status = UNPARSED_STATUS[error.code ?? ''] ?? '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
