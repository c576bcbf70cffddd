import { Badge } from '@/components/ui/badge';
import { Status } from '@/components/ui/status';
import type { Tone } from '@/components/ui/tone';
import { visibleText } from '@/components/ui/visible-text';
import {
  DETECTION_KINDS,
  type DetectionKind,
  GROUP_STATES,
  type GroupState,
  MARKS,
  type Mark,
  type SeverityStepDto,
} from '@/lib/response/detections/contract';
import type { DetectionDto, GroupDto } from '@/lib/response/detections/view-contract';

const STATE_TONES: Record<GroupState, Tone> = {
  open: 'warning',
  acknowledged: 'info',
  closed: 'success',
  expected: 'neutral',
};

export const kindWords = (kind: string): string => DETECTION_KINDS[kind as DetectionKind] ?? kind;
export const markWords = (mark: string): string => MARKS[mark as Mark] ?? mark;
export const countWords = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export function GroupStateWords({ state, look }: { state: GroupState; look?: 'pill' }) {
  return (
    <Status tone={STATE_TONES[state]} look={look}>
      {GROUP_STATES[state]}
    </Status>
  );
}

export function AlertState({ alert, look }: { alert: NonNullable<DetectionDto['alert']>; look?: 'pill' }) {
  return alert.state === 'firing' ? (
    <Status tone="danger" look={look}>
      Firing
    </Status>
  ) : (
    <Status tone="success" look={look}>
      Resolved
    </Status>
  );
}

/** It goes on: something came of it within the idle time, or an alert fires. */
export function Ongoing({ group }: { group: Pick<GroupDto, 'kind'> }) {
  return <Badge tone="danger">{group.kind === 'falco' ? 'ongoing' : 'firing'}</Badge>;
}

/** What a group is marked by beside its state: it goes on, or it is a test. */
export function GroupBadges({ group }: { group: Pick<GroupDto, 'isActive' | 'isTest' | 'kind'> }) {
  return (
    <>
      {group.isActive ? <Ongoing group={group} /> : null}
      {group.isTest ? <Badge>test</Badge> : null}
    </>
  );
}

/** How a severity came about: `priority Warning: medium`, then each step. */
export function stepWords({ why, change, to }: SeverityStepDto): string {
  const by = change === null ? '' : ` ${change > 0 ? `+${change}` : `−${Math.abs(change)}`}`;
  return `${visibleText(why)}${by}: ${to}`;
}
