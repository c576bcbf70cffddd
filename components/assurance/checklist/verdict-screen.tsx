'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { PageCrumb } from '@/components/shell/crumbs';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { AlertDialog } from '@/components/ui/alert-dialog';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Severity } from '@/components/ui/severity';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { type GateItemDto, REASON_CHARS_MIN, type VerdictDto } from '@/lib/assurance/checklist/contract';
import { checklistKeys, verdictQuery } from './checklist.queries';
import { STATE_WORDS } from './checklist-words';

function Item({ item }: { item: GateItemDto }) {
  const { tone, word } = STATE_WORDS[item.state];
  const [only] = item.problems;
  const isSaid = item.problems.length === 1 && only !== undefined && item.reason.includes(only.resource);
  const shown = isSaid ? [] : item.problems;
  return (
    <li
      className="grid items-start gap-x-4 gap-y-1 border-line border-t px-4 py-3 first:border-t-0 sm:grid-cols-[8.5rem_minmax(0,1fr)_6rem]"
      data-print="keep"
    >
      <Status tone={tone}>{word}</Status>
      <div className="flex min-w-0 flex-col gap-0.5">
        <span className="font-medium">{item.title}</span>
        <span className="break-words text-sm">{item.reason}</span>
        {shown.map((problem) => (
          <span key={`${problem.resource} ${problem.detail}`} className="break-words text-muted text-sm">
            <span className="font-mono">{problem.resource}</span> {problem.detail}
          </span>
        ))}
        {item.isBlocking ? <span className="text-muted text-sm">{item.remediation}</span> : null}
      </div>
      <Severity level={item.severity} />
    </li>
  );
}

function OverrideDialog({ verdict }: { verdict: VerdictDto }) {
  const [reason, setReason] = useState('');
  const override = useAction<string>({
    run: (text) =>
      apiFetch(`/release-gate/${verdict.id}/override`, { method: 'POST', body: { reason: text } }),
    refresh: [checklistKeys.verdicts],
    done: () => ({ title: `Verdict overridden. ${verdict.release} can be released.` }),
    failed: 'Could not override the verdict',
  });
  return (
    <AlertDialog
      trigger={<Button variant="danger-quiet">Override</Button>}
      title={`Override the failed verdict for ${verdict.release}?`}
      description="The original verdict is kept. Your name and reason are shown on it permanently."
      confirmLabel="Override the verdict"
      onConfirm={() => override.mutateAsync(reason)}
      error={override.error?.message}
    >
      <Field label="Reason" hint={`At least ${REASON_CHARS_MIN} characters.`}>
        <Textarea rows={3} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      </Field>
    </AlertDialog>
  );
}

export function VerdictStatus({ verdict }: { verdict: VerdictDto }) {
  if (verdict.verdict === 'pass') return <Status tone="success">Passed</Status>;
  return verdict.override ? (
    <Status tone="warning">Failed, overridden</Status>
  ) : (
    <Status tone="danger">Failed</Status>
  );
}

/** One verdict of the release gate, as it was given. */
export function VerdictScreen({ initial, canOverride }: { initial: VerdictDto; canOverride: boolean }) {
  const query = useQuery({ ...verdictQuery(initial.id), initialData: initial });
  const { data } = query;
  const blocking = data.items.filter(({ isBlocking }) => isBlocking);
  const rest = data.items.filter(({ isBlocking }) => !isBlocking);
  const mayOverride = canOverride && data.verdict === 'fail' && data.override === null;
  return (
    <PageBody width="read">
      <PageCrumb label={data.release} />
      <PageHeader
        title={data.release}
        status={
          data.verdict === 'pass'
            ? 'Passed. No objectives block this release.'
            : `Failed. ${blocking.length} of ${data.items.length} objectives block this release.`
        }
        actions={
          <>
            <ButtonLink href="/checklist/releases">All releases</ButtonLink>
            {mayOverride ? <OverrideDialog verdict={data} /> : null}
          </>
        }
      />
      <QueryProblem queries={[query]} title="Could not refresh the verdict" />
      {data.override ? (
        <Callout tone="warning" title={`Overridden by ${data.override.by.name}`}>
          {data.override.reason} <Time value={data.override.at} />
        </Callout>
      ) : null}
      <DescriptionList>
        <DescriptionItem label="Verdict">
          <VerdictStatus verdict={data} />
        </DescriptionItem>
        <DescriptionItem label="Environment">{data.environment}</DescriptionItem>
        {data.imageDigest ? (
          <DescriptionItem label="Image">
            <CopyText value={data.imageDigest} label="Copy the digest" />
          </DescriptionItem>
        ) : null}
        <DescriptionItem label="Requested by">
          {data.by}, <Time value={data.decidedAt} />
        </DescriptionItem>
      </DescriptionList>
      <PageSection
        title="Objectives at the time"
        description="A snapshot of the results when the verdict was given. It never changes."
      >
        <Panel>
          <ul>
            {[...blocking, ...rest].map((item) => (
              <Item key={`${item.objectiveKey} ${item.title}`} item={item} />
            ))}
          </ul>
        </Panel>
      </PageSection>
    </PageBody>
  );
}
