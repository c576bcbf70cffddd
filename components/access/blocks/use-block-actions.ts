'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { notify } from '@/components/ui/notify';
import type { BlockDto, CreateBlockInput } from '@/lib/access/blocks/contract';
import { blockKeys } from './blocks.queries';

/** Whether the refusal is the one that a confirmation answers. */
export function wouldLockOut(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'would_lock_you_out';
}

export function useCreateBlock() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateBlockInput) => apiFetch<BlockDto>('/blocks', { method: 'POST', body }),
    onSuccess: (block) => notify({ id: `block-${block.id}`, title: `${block.value} is blocked` }),
    onSettled: () => client.invalidateQueries({ queryKey: blockKeys.all }),
  });
}

const failed = (title: string) => (error: Error) =>
  notify({ kind: 'error', title, description: error.message });

export interface BlockActions {
  lift: (block: BlockDto) => void;
  restore: (block: BlockDto) => void;
  isPending: boolean;
}

/** Lifts and restores at once; each notice offers the other. */
export function useBlockActions(): BlockActions {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: blockKeys.all });
  const restore = useMutation({
    mutationFn: (block: BlockDto) =>
      apiFetch<BlockDto>(`/blocks/${block.id}/restore`, { method: 'POST', body: {} }),
    onSuccess: (block) => notify({ id: `block-${block.id}`, title: `${block.value} is blocked again` }),
    onError: failed('Could not restore the block'),
    onSettled,
  });
  const lift = useMutation({
    mutationFn: (block: BlockDto) =>
      apiFetch<BlockDto>(`/blocks/${block.id}/lift`, { method: 'POST', body: {} }),
    onSuccess: (block) =>
      notify({
        id: `block-${block.id}`,
        title: `${block.value} is no longer blocked`,
        undo: () => restore.mutate(block),
      }),
    onError: failed('Could not lift the block'),
    onSettled,
  });
  return {
    lift: (block) => lift.mutate(block),
    restore: (block) => restore.mutate(block),
    isPending: lift.isPending || restore.isPending,
  };
}
