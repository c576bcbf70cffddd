import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { notify } from '@/components/ui/notify';

interface ActionOptions<V> {
  run: (variables: V) => Promise<unknown>;
  /** Lists that show the change. */
  refresh: readonly QueryKey[];
  /** What happened, for the notice; null says nothing. */
  done: (variables: V) => { title: string; undo?: () => void } | null;
  failed: string;
}

/** One act on the API: refreshes the lists it changed, says what happened or why it did not. */
export function useAction<V>({ run, refresh, done, failed }: ActionOptions<V>) {
  const client = useQueryClient();
  return useMutation<unknown, Error, V>({
    mutationFn: run,
    onSuccess: async (_, variables) => {
      const notice = done(variables);
      if (notice) notify({ kind: 'success', ...notice });
    },
    onError: (error) => {
      notify({ kind: 'error', title: failed, description: error.message });
    },
    onSettled: () => Promise.all(refresh.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
