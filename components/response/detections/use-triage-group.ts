import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import type { GroupState } from '@/lib/response/detections/contract';
import type { GroupDto, TriageGroupInput } from '@/lib/response/detections/view-contract';
import { detectionKeys } from './detections.queries';

interface Triage {
  groups: readonly GroupDto[];
  state: TriageGroupInput['state'];
  note?: string;
  isUndo?: boolean;
}

const DONE: Record<TriageGroupInput['state'], string> = {
  open: 'Reopened',
  acknowledged: 'Acknowledged',
  closed: 'Closed',
};
/** What undoing leads back to: nobody can ask for `expected`. */
const before = (state: GroupState): TriageGroupInput['state'] => (state === 'expected' ? 'open' : state);

async function triageAll({ groups, state, note, isUndo }: Triage): Promise<void> {
  for (const group of groups) {
    await apiFetch(`/detections/groups/${group.id}`, {
      method: 'PATCH',
      body: { state, ...(note === undefined ? {} : { note }) },
      // A group changes with every event: what was decided about it holds for what came meanwhile, if it is one of many.
      ifMatch: isUndo || groups.length > 1 ? undefined : `"${group.version}"`,
    });
  }
}

/** Says what became of groups; can be undone. */
export function useTriageGroup() {
  const triage = useAction<Triage>({
    run: triageAll,
    refresh: [detectionKeys.all],
    done: ({ groups, state, isUndo }) => {
      const [only, ...others] = groups;
      const count = others.length === 0 ? '' : `: ${groups.length} detections`;
      return {
        title: `${DONE[state]}${count}`,
        undo:
          isUndo || !only || groups.some((group) => before(group.state) !== before(only.state))
            ? undefined
            : () => triage.mutate({ groups, state: before(only.state), isUndo: true }),
      };
    },
    failed: 'Could not update the detection',
  });
  return triage;
}
