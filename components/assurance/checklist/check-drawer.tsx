'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CodeBlock } from '@/components/ui/code-block';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Drawer } from '@/components/ui/drawer';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { CheckDto, CheckRunDto } from '@/lib/assurance/checklist/contract';
import { evidenceQuery, historyQuery } from './checklist.queries';
import { everyOf, OUTCOME_WORDS } from './checklist-words';

function Evidence({ id }: { id: string }) {
  const query = useQuery(evidenceQuery(id));
  if (query.isPending) return <SkeletonLines lines={4} label="Loading the evidence" />;
  if (!query.data) return <QueryProblem queries={[query]} title="Could not load the evidence" />;
  const { data } = query;
  return (
    <div className="flex flex-col gap-3">
      {data.isIntact ? null : (
        <Callout tone="danger" title="Evidence integrity check failed">
          The stored evidence does not match its recorded digest, so this run does not count.
        </Callout>
      )}
      <DescriptionList>
        <DescriptionItem label="Collected by">{data.collector}</DescriptionItem>
        <DescriptionItem label="Covers period">
          <Time value={data.effectiveFrom} precision="minute" /> to{' '}
          <Time value={data.effectiveUntil} precision="minute" />
        </DescriptionItem>
        <DescriptionItem label="SHA-256">
          <CopyText value={data.sha256} display={`${data.sha256.slice(0, 16)}…`} label="Copy the digest" />
        </DescriptionItem>
        {data.link ? (
          <DescriptionItem label="Link">
            <a
              href={data.link}
              rel="noreferrer noopener"
              target="_blank"
              className="break-all text-accent-text underline"
            >
              {data.link}
            </a>
          </DescriptionItem>
        ) : null}
      </DescriptionList>
      {data.file ? (
        <div>
          <ButtonLink size="sm" href={`/api/v1/checklist/evidence/${id}/file`}>
            Download {data.file.name}
          </ButtonLink>
        </div>
      ) : null}
      <CodeBlock code={data.body} caption="Observations" copyLabel="Copy the evidence" wrap />
    </div>
  );
}

function HistoryRow({ run, isOpen, onToggle }: { run: CheckRunDto; isOpen: boolean; onToggle: () => void }) {
  const { tone, word } = OUTCOME_WORDS[run.outcome];
  return (
    <li className="flex flex-col gap-2 border-line border-t py-3 first:border-t-0">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
        <span className="flex min-w-0 flex-1 basis-60 flex-col gap-0.5 text-sm">
          <span className="flex flex-wrap gap-x-3">
            <Status tone={tone}>{word}</Status>
            <Time value={run.finishedAt} />
          </span>
          <span className="break-words">{run.summary}</span>
          <span className="text-muted">
            {run.by}, covered {run.scopeCovered} of {run.scopeExpected}
            {run.isCurrentVersion ? '' : ', from another version of the check (does not count)'}
          </span>
        </span>
        {run.evidenceId ? (
          <Button size="sm" aria-expanded={isOpen} onClick={onToggle}>
            {isOpen ? 'Hide evidence' : 'Show evidence'}
          </Button>
        ) : null}
      </div>
      {isOpen && run.evidenceId ? <Evidence id={run.evidenceId} /> : null}
    </li>
  );
}

function History({ check }: { check: CheckDto }) {
  const query = useQuery(historyQuery(check.key));
  const [openId, setOpenId] = useState<string | null>(check.lastRun?.id ?? null);
  if (query.isPending) return <SkeletonLines lines={6} label="Loading the history" />;
  if (!query.data) return <QueryProblem queries={[query]} title="Could not load the history" />;
  if (query.data.items.length === 0) return <p className="text-muted">This check has never run.</p>;
  return (
    <ul>
      {query.data.items.map((run) => (
        <HistoryRow
          key={run.id}
          run={run}
          isOpen={openId === run.id}
          onToggle={() => setOpenId(openId === run.id ? null : run.id)}
        />
      ))}
    </ul>
  );
}

/** Every run of a check, newest first, each with what it saw. */
export function CheckDrawer({ check }: { check: CheckDto }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        Evidence and history
      </Button>
      <Drawer
        open={isOpen}
        onOpenChange={setOpen}
        size="lg"
        title={check.title}
        description={`${check.kind}, version ${check.version}, ${everyOf(check.cadenceSeconds)}`}
      >
        {isOpen ? <History check={check} /> : null}
      </Drawer>
    </>
  );
}
