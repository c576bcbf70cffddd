import type { FieldValues, Path, UseFormSetError } from 'react-hook-form';
import { ApiError } from '@/components/shell/api-client';
import { Callout } from '@/components/ui/callout';
import { CopyText } from '@/components/ui/copy-button';

/** The sentence for a failure of the API; anything else is not for the reader. */
export function problemText(error: unknown): string {
  return error instanceof ApiError
    ? error.message
    : 'Something went wrong on the server. Try again, and include the request ID if you report it.';
}

/** Puts the server's field errors beside their fields: `scopes/0` belongs to the field `scopes`. */
export function applyFieldErrors<Values extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<Values>,
): void {
  if (!(error instanceof ApiError)) return;
  for (const { path, message } of error.fields) {
    const name = path.split('/')[0];
    if (name) setError(name as Path<Values>, { type: 'server', message });
  }
}

/** Why a form was not carried out, with the request id to give to an operator. */
export function FormProblem({ error, what }: { error: unknown; what: string }) {
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <Callout tone="danger" title={what}>
      {problemText(error)}
      {requestId ? (
        <span className="flex items-center gap-1 text-xs text-faint">
          Request id <CopyText value={requestId} label="Copy request id" />
        </span>
      ) : null}
    </Callout>
  );
}
