'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import { notify } from '@/components/ui/notify';
import type {
  BulkDecideInput,
  BulkResultDto,
  DecideAcceptanceInput,
  DecideFindingInput,
  FindingDto,
} from '@/lib/findings/contract';
import { undoOf } from './decision.utils';
import { decisionWords } from './finding-words';
import { findingKeys } from './findings.queries';

export const FINDINGS_PER_DECISION_MAX = 500;

interface Decision {
  findings: readonly FindingDto[];
  change: DecideFindingInput;
}

function decideMany(body: BulkDecideInput): Promise<BulkResultDto> {
  return apiFetch<BulkResultDto>('/findings/bulk', { method: 'POST', body });
}

async function decide({ findings, change }: Decision): Promise<BulkResultDto> {
  const [only] = findings;
  if (!only || findings.length > 1) return decideMany({ ids: findings.map(({ id }) => id), change });
  await apiFetch<FindingDto>(`/findings/${only.id}`, {
    method: 'PATCH',
    body: change,
    ifMatch: `"${only.version}"`,
  });
  return { changed: [only.id], unchanged: [], failed: [] };
}

const countWords = (count: number) => `${count} ${count === 1 ? 'finding' : 'findings'}`;

function titleOf({ change }: Decision, count: number): string {
  if (change.decision === 'accepted') return `Acceptance asked for: ${countWords(count)}`;
  if (change.decision === 'none') return `Decision lifted: ${countWords(count)}`;
  return `${decisionWords(change.decision)}: ${countWords(count)}`;
}

function failureWords({ failed, unchanged }: BulkResultDto): string | undefined {
  const [first] = failed;
  const parts = [
    unchanged.length > 0 ? `${unchanged.length} were so already.` : '',
    first ? `${failed.length} failed: ${first.detail}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' ') : undefined;
}

/** Decides about one finding or many; the notice brings the earlier decisions back where that is possible. */
export function useDecide() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: findingKeys.all });
  const undo = useMutation({
    mutationFn: (inputs: readonly BulkDecideInput[]) => Promise.all(inputs.map(decideMany)),
    onSuccess: (results) => {
      const failed = results.flatMap((result) => result.failed);
      if (failed[0]) notify({ kind: 'error', title: 'Not all was undone', description: failed[0].detail });
      else notify({ title: 'The decision was undone' });
    },
    onError: ({ message }) => notify({ kind: 'error', title: 'It was not undone', description: message }),
    onSettled: refresh,
  });
  return useMutation({
    mutationFn: decide,
    onSuccess: (result, decision) => {
      const changed = decision.findings.filter(({ id }) => result.changed.includes(id));
      const inverse = changed.length > 0 ? undoOf(changed, decision.change.decision) : null;
      notify({
        kind: result.failed.length > 0 ? 'error' : 'success',
        title: titleOf(decision, result.changed.length),
        description:
          failureWords(result) ??
          (decision.change.decision === 'accepted' ? 'It counts when somebody else approves it.' : undefined),
        undo: inverse ? () => undo.mutate(inverse) : undefined,
      });
    },
    onSettled: refresh,
  });
}

/** Approves or refuses what somebody else asked for. */
export function useDecideAcceptance(findingId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: DecideAcceptanceInput) =>
      apiFetch<FindingDto>(`/findings/${findingId}/acceptance`, { method: 'POST', body }),
    onSuccess: (_, { verdict }) =>
      notify({ title: verdict === 'approve' ? 'The risk is accepted' : 'The acceptance is refused' }),
    onSettled: () => client.invalidateQueries({ queryKey: findingKeys.all }),
  });
}
