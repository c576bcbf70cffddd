'use client';

import { useQuery } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import { Panel } from '@/components/ui/panel';
import { Progress } from '@/components/ui/progress';
import { Status } from '@/components/ui/status';
import type { RunDetailDto } from '@/lib/assurance/checklist/contract';
import { runQuery } from './checklist.queries';
import { OUTCOME_WORDS } from './checklist-words';

function CheckState({ check }: { check: RunDetailDto['checks'][number] }) {
  if (check.outcome) {
    const { tone, word } = OUTCOME_WORDS[check.outcome];
    return <Status tone={tone}>{word}</Status>;
  }
  if (check.state === 'running')
    return (
      <Status
        tone="info"
        icon={<LoaderCircle aria-hidden className="animate-spin motion-reduce:animate-none" />}
      >
        Running
      </Status>
    );
  return <Status tone="neutral">Waiting</Status>;
}

/** The run that is under way, check by check. */
export function RunProgress({ runId }: { runId: string }) {
  const { data } = useQuery(runQuery(runId));
  if (!data) return null;
  return (
    <Panel className="flex flex-col gap-3 px-4 py-3">
      <div aria-live="polite">
        <Progress
          label={data.state === 'queued' ? 'Waiting for the worker' : 'Running all checks'}
          value={data.checksDone}
          max={data.checksTotal}
          text={`${data.checksDone} of ${data.checksTotal}`}
        />
      </div>
      <ul className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
        {data.checks.map((check) => (
          <li key={check.checkKey} className="flex items-start justify-between gap-3 text-sm">
            <span className="min-w-0">{check.title}</span>
            <span className="shrink-0">
              <CheckState check={check} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
