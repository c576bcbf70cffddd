import type { ServerResponse } from 'node:http';
import type { AppError } from '@/lib/platform/core/errors';
import { problemOf } from '@/lib/platform/core/http/http';
import { headLines, maySendWhole, sendWhole, sharedHeadLines } from './whole-answer';

const JSON_HEADERS = [
  'content-type',
  'application/json',
  'cache-control',
  'no-store',
  'x-content-type-options',
  'nosniff',
];
const PROBLEM_HEADERS = ['content-type', 'application/problem+json', ...JSON_HEADERS.slice(2)];
/**
 * @param body JSON in ASCII
 * @param more raw headers, name and value in turn
 */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  requestId: string,
  more: readonly string[] = [],
): void {
  if (status === 200 && maySendWhole(response) && response.req.method !== 'HEAD') {
    const own = `x-request-id: ${requestId}\r\ncontent-length: ${body.length}\r\n`;
    sendWhole(response, sharedHeadLines(JSON_HEADERS) + own + headLines(more), body);
    return;
  }
  const own = ['x-request-id', requestId, 'content-length', String(body.length)];
  response.writeHead(status, [...JSON_HEADERS, ...own, ...more]);
  response.end(body, 'latin1');
}

export function sendText(response: ServerResponse, contentType: string, body: string): void {
  response.writeHead(200, [
    'content-type',
    contentType,
    ...JSON_HEADERS.slice(2),
    'content-length',
    String(Buffer.byteLength(body)),
  ]);
  response.end(body);
}

function problemHeaders(error: AppError, requestId: string, length: number): string[] {
  const headers = [...PROBLEM_HEADERS, 'x-request-id', requestId, 'content-length', String(length)];
  if (error.retryAfterSeconds !== undefined) headers.push('retry-after', String(error.retryAfterSeconds));
  if (error.code === 'unauthenticated') headers.push('www-authenticate', 'Bearer realm="bulwark"');
  return headers;
}

/**
 * Answers with a problem document (RFC 9457).
 * @param more raw headers, name and value in turn
 */
export function sendProblem(
  response: ServerResponse,
  error: AppError,
  requestId: string,
  more: readonly string[] = [],
): void {
  const body = JSON.stringify(problemOf(error, requestId));
  response.writeHead(error.status, [...problemHeaders(error, requestId, Buffer.byteLength(body)), ...more]);
  response.end(body);
}
