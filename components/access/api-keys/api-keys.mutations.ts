'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import type {
  CreateKeyInput,
  KeyDto,
  KeyWithSecretDto,
  RevokeKeyInput,
  RotateKeyInput,
  UpdateKeyInput,
} from '@/lib/access/api-keys/contract';
import { keyKeys } from './api-keys.queries';

const RETRIES_MAX = 2;

/** Without an answer the outcome is unknown; the same Idempotency-Key makes asking again harmless. */
function retryUnanswered(failures: number, error: Error): boolean {
  return failures < RETRIES_MAX && error instanceof ApiError && (error.status === 0 || error.status === 503);
}

/** The answer holds a secret: it is not cached, and the caller resets the mutation when its dialog closes. */
export function useCreateKey() {
  return useMutation({
    mutationFn: ({ input, idempotencyKey }: { input: CreateKeyInput; idempotencyKey: string }) =>
      apiFetch<KeyWithSecretDto>('/keys', { method: 'POST', body: input, idempotencyKey }),
    retry: retryUnanswered,
    gcTime: 0,
  });
}

/** As {@link useCreateKey}: refresh and reset when the secret dialog closes, not before. */
export function useRotateKey(id: string) {
  return useMutation({
    mutationFn: ({ input, idempotencyKey }: { input: RotateKeyInput; idempotencyKey: string }) =>
      apiFetch<KeyWithSecretDto>(`/keys/${id}/rotate`, { method: 'POST', body: input, idempotencyKey }),
    retry: retryUnanswered,
    gcTime: 0,
  });
}

/** Refreshes every list and detail of keys. */
export function useRefreshKeys(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keyKeys.all });
}

export interface UpdateKeyCall {
  id: string;
  changes: UpdateKeyInput;
  /** The key's `version` the change is based on; left out, the change wins whatever happened meanwhile. */
  version?: number;
}

export function useUpdateKey() {
  const refresh = useRefreshKeys();
  return useMutation({
    mutationFn: ({ id, changes, version }: UpdateKeyCall) =>
      apiFetch<KeyDto>(`/keys/${id}`, {
        method: 'PATCH',
        body: changes,
        ifMatch: version === undefined ? undefined : `"${version}"`,
      }),
    onSettled: refresh,
  });
}

/** What can be done to a key besides changing it; the body of each is its contract's input. */
export type KeyAct =
  | { path: 'revoke'; body: RevokeKeyInput }
  | { path: 'grace'; body: { grace: string } }
  | { path: 'undo-revoke'; body: { version?: number } }
  | { path: 'cancel-rotation' | 'start-grace' | 'retire-old'; body?: undefined };

export function useKeyAct() {
  const refresh = useRefreshKeys();
  return useMutation({
    mutationFn: ({ id, act }: { id: string; act: KeyAct }) =>
      apiFetch<unknown>(`/keys/${id}/${act.path}`, { method: 'POST', body: act.body ?? {} }),
    onSettled: refresh,
  });
}
