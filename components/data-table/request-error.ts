/** What can be shown of a failed request: its own sentence and the request id, when the error carries them. */
export function describeError(error: unknown): { message?: string; requestId?: string } {
  if (typeof error !== 'object' || error === null) return {};
  const requestId = 'requestId' in error && typeof error.requestId === 'string' ? error.requestId : undefined;
  const message =
    requestId !== undefined && 'message' in error && typeof error.message === 'string'
      ? error.message
      : undefined;
  return { message, requestId };
}
