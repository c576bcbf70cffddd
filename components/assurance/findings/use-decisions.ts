'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { notify } from '@/components/ui/notify';
import type { BulkDecideInput, BulkDecisionDto } from '@/lib/assurance/findings/bulk-contract';
import type {
  DecideAcceptanceInput,
  DecideFindingInput,
  FindingDto,
} from '@/lib/assurance/findings/contract';
import { undoOf } from '@/lib/assurance/findings/decide/undo-rules';
import type { FindingQuery } from './finding-query';
import { decisionWords } from './finding-words';
import { findingKeys } from './findings.queries';

/** What is decided about: rows of the list, or all that its filter finds. */
export type DecisionSubject = { findings: readonly FindingDto[] } | { filter: FindingQuery };

/** `stopped`: why not all of it was looked at. */
type Result = Omit<BulkDecisionDto, 'nextCursor'> & { stopped: string | null };

export interface Decision {
  subject: DecisionSubject;
  change: DecideFindingInput;
  /** Told after each part how many are decided; false stops before the next. */
  onProgress?: (count: number) => boolean;
}

const decideMany = (body: BulkDecideInput) =>
  apiFetch<BulkDecisionDto>('/findings/bulk', { method: 'POST', body });

async function decideOne(finding: FindingDto, change: DecideFindingInput): Promise<Result> {
  const { decision } = await apiFetch<FindingDto>(`/findings/${finding.id}`, {
    method: 'PATCH',
    body: change,
    ifMatch: `"${finding.version}"`,
  });
  const undo = undoOf([finding], change.decision, decision.at ?? '');
  return { changed: [finding.id], unchanged: [], failed: [], undo, stopped: null };
}

const bothOf = (a: Result, b: BulkDecisionDto): Result => ({
  changed: [...a.changed, ...b.changed],
  unchanged: [...a.unchanged, ...b.unchanged],
  failed: [...a.failed, ...b.failed],
  undo: a.undo && b.undo ? [...a.undo, ...b.undo] : null,
  stopped: a.stopped,
});

const NOTHING: Result = { changed: [], unchanged: [], failed: [], undo: [], stopped: null };

/** Again after the time that the server asks for. */
async function decidePatiently(body: BulkDecideInput): Promise<BulkDecisionDto> {
  try {
    return await decideMany(body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 429 || error.retryAfterSeconds === null) throw error;
    const waitMs = error.retryAfterSeconds * 1_000;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return decideMany(body);
  }
}

/** Part by part, so that each is short and all can be stopped. What a failure leaves undone is told with what is done. */
async function decideMatching(filter: FindingQuery, { change, onProgress }: Decision): Promise<Result> {
  let result = NOTHING;
  let cursor: string | undefined;
  do {
    try {
      const part = await decidePatiently({ filter: filter as BulkDecideInput['filter'], cursor, change });
      result = bothOf(result, part);
      cursor = part.nextCursor ?? undefined;
    } catch (error) {
      if (!(error instanceof ApiError) || result.changed.length === 0) throw error;
      return { ...result, stopped: error.message };
    }
    const mayGoOn = onProgress?.(result.changed.length) ?? true;
    if (cursor !== undefined && !mayGoOn)
      return { ...result, stopped: 'You stopped before the rest were processed.' };
  } while (cursor !== undefined);
  return result;
}

async function decide(decision: Decision): Promise<Result> {
  const { subject, change } = decision;
  if ('filter' in subject) return decideMatching(subject.filter, decision);
  const [only] = subject.findings;
  if (only && subject.findings.length === 1) return decideOne(only, change);
  return bothOf(NOTHING, await decideMany({ ids: subject.findings.map(({ id }) => id), change }));
}

const countWords = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'finding' : 'findings'}`;

function titleOf({ change }: Decision, count: number): string {
  if (change.decision === 'accepted') return `Acceptance requested: ${countWords(count)}`;
  if (change.decision === 'none') return `Decision withdrawn: ${countWords(count)}`;
  return `${decisionWords(change.decision)}: ${countWords(count)}`;
}

function failureWords({ failed, unchanged, stopped }: Result): string | undefined {
  const [first] = failed;
  const parts = [
    unchanged.length > 0 ? `${unchanged.length} already had this decision.` : '',
    first ? `${failed.length} failed: ${first.detail}` : '',
    stopped ? `The remaining findings are unchanged. ${stopped}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' ') : undefined;
}

async function undoAll(inputs: NonNullable<Result['undo']>): Promise<Result['failed']> {
  const failed: Result['failed'] = [];
  for (const input of inputs) failed.push(...(await decidePatiently(input)).failed);
  return failed;
}

/** Decides about one finding or many; the notice brings the earlier decisions back where that is possible. */
export function useDecide() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: findingKeys.all });
  const undo = useMutation({
    mutationFn: undoAll,
    onSuccess: ([failed]) => {
      if (failed)
        notify({ kind: 'error', title: 'Some decisions could not be undone', description: failed.detail });
      else notify({ title: 'The decision was undone' });
    },
    onError: ({ message }) =>
      notify({ kind: 'error', title: 'Could not undo the decision', description: message }),
    onSettled: refresh,
  });
  return useMutation({
    mutationFn: decide,
    onSuccess: (result, decision) => {
      const inverse = result.undo;
      notify({
        kind: result.failed.length > 0 || result.stopped ? 'error' : 'success',
        title: titleOf(decision, result.changed.length),
        description:
          failureWords(result) ??
          (decision.change.decision === 'accepted'
            ? 'It takes effect when someone else approves it.'
            : undefined),
        undo: inverse && inverse.length > 0 ? () => undo.mutate(inverse) : undefined,
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
      notify({ title: verdict === 'approve' ? 'The risk is accepted' : 'Acceptance declined' }),
    onSettled: () => client.invalidateQueries({ queryKey: findingKeys.all }),
  });
}
