'use client';

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button, ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { Severity } from '@/components/ui/severity';
import { SkeletonLines } from '@/components/ui/skeleton';
import { visibleText } from '@/components/ui/visible-text';
import type { GroupDto, TriageGroupInput } from '@/lib/response/detections/view-contract';
import { Part } from './detection-parts';
import { GroupBadges, GroupStateWords, stepWords } from './detection-words';
import { groupQuery } from './detections.queries';
import { AlertCounts, GroupCounts, GroupDetail, GroupFacts, Hosts, Techniques } from './group-detail';
import { useTriageGroup } from './use-triage-group';

function GroupBody({ group: loaded, canBlock }: { group: GroupDto; canBlock: boolean }) {
  const detail = useQuery(groupQuery(loaded.id));
  const group = detail.data?.group ?? loaded;
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col gap-1.5">
        <span className="flex flex-wrap items-center gap-3">
          <Severity level={group.severity} />
          <GroupStateWords state={group.state} look="pill" />
          <GroupBadges group={group} />
        </span>
        <span className="text-muted text-sm">{group.severitySteps.map(stepWords).join('; ')}</span>
      </div>
      <AlertCounts group={group} />
      <GroupCounts group={group} />
      <Part title="Last output">
        <CodeBlock code={visibleText(group.output)} copyLabel="Copy output" wrap />
      </Part>
      <QueryProblem queries={[detail]} title="Could not load the details" />
      {detail.isPending ? <SkeletonLines lines={6} label="Loading details" /> : null}
      {detail.data ? <GroupDetail detail={detail.data} canBlock={canBlock} /> : null}
      <Techniques group={group} />
      <Hosts group={group} />
      <Part title="What it is about">
        <GroupFacts group={group} />
      </Part>
    </div>
  );
}

const VERBS: Record<TriageGroupInput['state'], { action: string; title: string; hint: string }> = {
  open: { action: 'Reopen', title: 'Reopen', hint: 'It needs somebody again.' },
  acknowledged: { action: 'Acknowledge', title: 'Acknowledge', hint: 'Somebody is looking into it.' },
  closed: { action: 'Close', title: 'Close', hint: 'It opens again by itself when it returns.' },
};

/** Says what became of a group, with a note. */
export function TriageDialog({
  groups,
  state,
  onClose,
  onDone,
}: {
  groups: readonly GroupDto[];
  state: TriageGroupInput['state'];
  onClose: () => void;
  onDone?: () => void;
}) {
  const formId = useId();
  const triage = useTriageGroup();
  const [only, ...others] = groups;
  const [note, setNote] = useState(others.length === 0 ? (only?.note ?? '') : '');
  const { action, title, hint } = VERBS[state];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const said = note.trim();
    triage.mutate(
      { groups, state, ...(said === '' && others.length > 0 ? {} : { note: said }) },
      {
        onSuccess: () => {
          onDone?.();
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={others.length === 0 ? title : `${title} ${groups.length} detections`}
      description={others.length === 0 && only ? visibleText(`${only.rule}: ${only.scope.text}`) : hint}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={triage.isPending}>
            {action}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit}>
        <Field
          label="Note"
          optional
          hint={others.length === 0 ? hint : 'Kept with each, and in the audit log.'}
        >
          <Textarea
            rows={3}
            maxLength={2000}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}

/** What may be done with a group in its state. */
export function nextStates(state: GroupDto['state']): TriageGroupInput['state'][] {
  if (state === 'open') return ['acknowledged', 'closed'];
  if (state === 'acknowledged') return ['open', 'closed'];
  return ['open'];
}

export interface GroupPeekOptions {
  canWrite: boolean;
  canBlock: boolean;
  onTriage: (groups: readonly GroupDto[], state: TriageGroupInput['state']) => void;
}

/** A group beside the list: how bad and why, how often, what its events have in common, and what can be done. */
export function groupPeek(group: GroupDto, { canWrite, canBlock, onTriage }: GroupPeekOptions): PeekContent {
  const states = canWrite ? nextStates(group.state) : [];
  return {
    title: visibleText(group.rule),
    description: visibleText(group.scope.text),
    body: <GroupBody key={group.id} group={group} canBlock={canBlock} />,
    footer: (
      <>
        <ButtonLink href={`/audit?q=target:${group.id}&from=now-90d`}>View in the audit log</ButtonLink>
        <ButtonLink href={`/detections/events?from=now-400d&q=group:${group.id}`}>View events</ButtonLink>
        {states.map((state, index) => (
          <Button
            key={state}
            variant={index === states.length - 1 ? 'primary' : 'secondary'}
            onClick={() => onTriage([group], state)}
          >
            {VERBS[state].action}
          </Button>
        ))}
      </>
    ),
  };
}
