'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { UserRound } from 'lucide-react';
import { apiFetch } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuItem } from '@/components/ui/dropdown-menu';
import { notify } from '@/components/ui/notify';
import type { BulkResultDto } from '@/lib/assurance/findings/bulk-contract';
import type { FindingDto } from '@/lib/assurance/findings/contract';
import type { AssignFindingsInput } from '@/lib/assurance/findings/views-contract';
import { findingKeys, ownersQuery } from './findings.queries';

const assign = (body: AssignFindingsInput) =>
  apiFetch<BulkResultDto>('/findings/owner', { method: 'POST', body });

/** The earlier owners of what was changed, one request for each of them. */
function undoOf(findings: readonly FindingDto[], changed: readonly string[]): AssignFindingsInput[] {
  const before = Map.groupBy(
    findings.filter(({ id }) => changed.includes(id)),
    ({ owner }) => owner?.userId ?? null,
  );
  return [...before].map(([owner, own]) => ({ ids: own.map(({ id }) => id), owner }));
}

function useAssign(findings: readonly FindingDto[], onDone?: () => void) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: findingKeys.all });
  const undo = useMutation({
    mutationFn: (inputs: readonly AssignFindingsInput[]) => Promise.all(inputs.map(assign)),
    onError: ({ message }) =>
      notify({ kind: 'error', title: 'Could not undo the assignment', description: message }),
    onSettled: refresh,
  });
  return useMutation({
    mutationFn: (owner: string | null) => assign({ ids: findings.map(({ id }) => id), owner }),
    onSuccess: ({ changed, unchanged }, owner) => {
      notify({
        title: owner === null ? 'Owner removed' : 'Assigned',
        description: unchanged.length > 0 ? `${unchanged.length} already had this owner.` : undefined,
        undo: changed.length > 0 ? () => undo.mutate(undoOf(findings, changed)) : undefined,
      });
      onDone?.();
    },
    onError: ({ message }) =>
      notify({ kind: 'error', title: 'Could not assign the owner', description: message }),
    onSettled: refresh,
  });
}

export interface AssignOwnerProps {
  findings: readonly FindingDto[];
  onDone?: () => void;
  label?: string;
}

/** A menu of the members, who becomes the owner of the findings. */
export function AssignOwner({ findings, onDone, label = 'Assign' }: AssignOwnerProps) {
  const owners = useQuery(ownersQuery);
  const assigning = useAssign(findings, onDone);
  return (
    <DropdownMenu
      align="end"
      trigger={
        <Button size="sm" variant="ghost" loading={assigning.isPending}>
          {label}
        </Button>
      }
    >
      {owners.data?.items.map(({ userId, name }) => (
        <MenuItem key={userId} icon={<UserRound aria-hidden />} onSelect={() => assigning.mutate(userId)}>
          {name}
        </MenuItem>
      ))}
      <MenuItem onSelect={() => assigning.mutate(null)}>Unassigned</MenuItem>
    </DropdownMenu>
  );
}
