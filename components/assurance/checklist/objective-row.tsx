'use client';

import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { Badge } from '@/components/ui/badge';
import { Severity } from '@/components/ui/severity';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { CheckDto, ObjectiveDto, Observation } from '@/lib/assurance/checklist/contract';
import { countsAgainst } from '@/lib/assurance/checklist/rules';
import { AttestDialog } from './attest-dialog';
import { CheckDrawer } from './check-drawer';
import { everyOf, OUTCOME_WORDS, STATE_WORDS } from './checklist-words';
import { ExceptionDialog } from './exception-dialog';
import { ExceptionList, type Rights } from './exception-list';

function Problem({ problem }: { problem: Observation }) {
  const name = <span className="break-all font-mono">{problem.resource}</span>;
  const isInside = problem.href?.startsWith('/');
  return (
    <li className="grid items-start gap-x-4 gap-y-0.5 py-1 text-sm sm:grid-cols-[7rem_minmax(0,1fr)]">
      <Status tone={OUTCOME_WORDS[problem.outcome].tone}>{OUTCOME_WORDS[problem.outcome].word}</Status>
      <span className="min-w-0">
        {problem.href && isInside ? (
          <Link href={problem.href} prefetch={false} className="text-accent-text underline">
            {name}
          </Link>
        ) : (
          name
        )}{' '}
        <span className="break-words text-muted">{problem.detail}</span>
      </span>
    </li>
  );
}

function Problems({ check }: { check: CheckDto }) {
  const [only] = check.problems;
  const isSaid = check.problemsTotal === 1 && only?.href === null && check.reason.includes(only.resource);
  if (!only || isSaid) return null;
  const more = check.problemsTotal - check.problems.length;
  return (
    <div>
      <ul>
        {check.problems.map((problem) => (
          <Problem key={`${problem.resource} ${problem.detail}`} problem={problem} />
        ))}
      </ul>
      {more > 0 ? (
        <p className="pt-1 text-sm text-muted">and {more.toLocaleString('en')} more in the evidence</p>
      ) : null}
    </div>
  );
}

function Facts({ check }: { check: CheckDto }) {
  return (
    <p className="text-faint text-sm">
      {check.lastRun ? (
        <>
          Last checked <Time value={check.lastRun.finishedAt} mode="relative" />, covered{' '}
          {check.lastRun.scopeCovered} of {check.lastRun.scopeExpected};{' '}
        </>
      ) : (
        'Never checked; '
      )}
      {everyOf(check.cadenceSeconds)}
      {check.nextDueAt ? (
        <>
          , next <Time value={check.nextDueAt} precision="minute" />
        </>
      ) : null}
      .
    </p>
  );
}

function CheckBlock({ check, rights }: { check: CheckDto; rights: Rights }) {
  const state = STATE_WORDS[check.state];
  return (
    <div className="flex flex-col gap-2" data-print="keep">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-60 flex-col gap-0.5">
          <span className="flex flex-wrap gap-x-3 gap-y-0.5">
            <span className="font-medium">{check.title}</span>
            <Status tone={state.tone}>{state.word}</Status>
          </span>
          <span className="break-words text-sm">{check.reason}</span>
        </div>
        <div className="flex flex-wrap gap-2" data-print="hide">
          {check.mode === 'attestation' && rights.canRun ? <AttestDialog check={check} /> : null}
          {check.state === 'fail' && rights.canRun ? <ExceptionDialog check={check} /> : null}
          <CheckDrawer check={check} />
        </div>
      </div>
      <Problems check={check} />
      {countsAgainst(check.state) || check.state === 'warn' ? (
        <p className="text-sm">
          <span className="font-medium">How to fix. </span>
          <span className="text-muted">{check.remediation}</span>
        </p>
      ) : null}
      {check.exceptions.length > 0 ? <ExceptionList exceptions={check.exceptions} rights={rights} /> : null}
      <Facts check={check} />
    </div>
  );
}

/** One objective: its state in a line, and why behind it. Printing opens it. */
export function ObjectiveRow({
  objective,
  rights,
  isOpen,
}: {
  objective: ObjectiveDto;
  rights: Rights;
  isOpen: boolean;
}) {
  const state = STATE_WORDS[objective.state];
  return (
    <details open={isOpen} className="group border-line border-t first:border-t-0">
      <summary className="grid cursor-pointer list-none grid-cols-[1rem_minmax(0,1fr)] items-start gap-x-3 gap-y-1 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2 sm:grid-cols-[1rem_8.5rem_minmax(0,1fr)_6rem] [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="mt-0.5 text-faint transition-transform duration-100 group-open:rotate-90 motion-reduce:transition-none"
        />
        <Status tone={state.tone}>{state.word}</Status>
        <span className="col-start-2 flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 sm:col-start-3">
          <span className="font-medium">{objective.title}</span>
          {objective.change === 'newly_failing' ? <Badge tone="danger">Newly failing</Badge> : null}
          {objective.change === 'fixed' ? <Badge tone="success">Fixed</Badge> : null}
          {objective.regression ? (
            <span className="w-full text-danger-text text-sm">{objective.regression}</span>
          ) : null}
        </span>
        <span className="col-start-2 sm:col-start-4">
          <Severity level={objective.severity} />
        </span>
      </summary>
      <div className="flex flex-col gap-5 px-4 pt-1 pb-4 sm:pl-11">
        <p className="text-muted text-sm">
          {objective.why}
          {objective.owner ? ` Owner: ${objective.owner}.` : ''} {objective.refs.join('; ')}
        </p>
        {objective.checks.map((check) => (
          <CheckBlock key={check.key} check={check} rights={rights} />
        ))}
      </div>
    </details>
  );
}
