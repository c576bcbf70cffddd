'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { Drawer } from '@/components/ui/drawer';
import { Select } from '@/components/ui/select';
import { Time } from '@/components/ui/time';
import { formatExact } from '@/components/ui/time-format';
import { useTimeZone } from '@/components/ui/time-zone';
import { type RunDto, SCANNER_FACTS, type TargetDto } from '@/lib/assurance/scanners/contract';
import { outcomeOf, RUN_WORDS, RunState } from './target-words';
import { isOpen, logQuery, runsQuery, targetKeys } from './targets.queries';

/** What a run says, while it says it; the end stays in sight as long as nobody scrolls away. */
function Log({ runId }: { runId: string }) {
  const log = useQuery(logQuery(runId));
  const box = useRef<HTMLDivElement>(null);
  const isPinned = useRef(true);
  const count = log.data?.items.length ?? 0;
  useEffect(() => {
    const element = box.current;
    if (count > 0 && element && isPinned.current) element.scrollTop = element.scrollHeight;
  }, [count]);
  return (
    <>
      <QueryProblem queries={[log]} title="Could not refresh the log" />
      <div
        ref={box}
        role="log"
        aria-label="Log of the run"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isPinned.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
        className="scroll-quiet h-[50vh] overflow-auto rounded-lg border border-line bg-canvas p-3 font-mono text-xs leading-5"
      >
        {log.data?.items.map(({ number, source, line }) => (
          <div
            key={number}
            className={cn('wrap-anywhere whitespace-pre-wrap', source === 'bulwark' && 'text-muted')}
          >
            {line}
          </div>
        ))}
        {log.data && count === 0 ? (
          <span className="text-muted">
            {log.data.isOpen ? 'No output yet.' : 'The scanner produced no output.'}
          </span>
        ) : null}
      </div>
    </>
  );
}

function Stop({ run }: { run: RunDto }) {
  const stop = useAction<void>({
    run: () => apiFetch(`/scanner-runs/${run.id}/cancel`, { method: 'POST' }),
    refresh: [targetKeys.all],
    done: () => ({ title: 'Stopping the run' }),
    failed: 'Could not stop the run',
  });
  return (
    <Button variant="danger" loading={stop.isPending || run.isCancelling} onClick={() => stop.mutate()}>
      Stop run
    </Button>
  );
}

function Facts({ run }: { run: RunDto }) {
  return (
    <div className="flex flex-col gap-1">
      <RunState run={run} />
      <p className="text-sm break-words">{outcomeOf(run)}</p>
      <p className="text-sm text-muted">
        {run.isScheduled ? 'By the schedule' : `By ${run.requestedBy}`}, <Time value={run.createdAt} />
        {run.toolVersion ? `, version ${run.toolVersion}` : ''}
      </p>
      {run.scan ? (
        <Link href={`/scans?open=${run.scan.id}`} className="text-sm text-accent-text hover:underline">
          View imported scan
        </Link>
      ) : null}
    </div>
  );
}

export interface RunDrawerProps {
  target: TargetDto;
  canRun: boolean;
  onClose: () => void;
}

/** The runs of a target with their logs, the newest in front. */
export function RunDrawer({ target, canRun, onClose }: RunDrawerProps) {
  const { zone } = useTimeZone();
  const runs = useQuery(runsQuery(target.id));
  const [chosen, choose] = useState<string | null>(null);
  const items = runs.data?.items ?? [];
  const run = items.find(({ id }) => id === chosen) ?? items[0];
  const options = items.map(({ id, createdAt, status }) => ({
    value: id,
    label: `${formatExact(new Date(createdAt), zone, 'minute')}, ${RUN_WORDS[status].word.toLowerCase()}`,
  }));
  return (
    <Drawer
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      size="lg"
      title={`${target.asset}: ${SCANNER_FACTS[target.scanner].name}`}
      description={<span className="font-mono wrap-anywhere">{target.location}</span>}
      footer={canRun && run && isOpen(run) ? <Stop run={run} /> : null}
    >
      <div className="flex flex-col gap-4">
        <QueryProblem queries={[runs]} title="Could not refresh the runs" />
        {run ? (
          <>
            <Select aria-label="Run" options={options} value={run.id} onValueChange={choose} />
            <Facts run={run} />
            <Log key={run.id} runId={run.id} />
          </>
        ) : runs.isSuccess ? (
          <p className="text-muted">This target has not been scanned. Select Run now in the list.</p>
        ) : null}
      </div>
    </Drawer>
  );
}
