'use client';

import { useQuery } from '@tanstack/react-query';
import { CheckCircle2, Play, Printer, X } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { EmptyState } from '@/components/ui/empty-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Time } from '@/components/ui/time';
import {
  type ChecklistDto,
  type ContradictionDto,
  type ObjectiveDto,
  STAGES,
} from '@/lib/assurance/checklist/contract';
import { checklistKeys, checklistQuery } from './checklist.queries';
import { type ChecklistShown, checklistParsers, shownOf } from './checklist-params';
import { checklistStatus, needsAttention, SHOWN_WORDS } from './checklist-words';
import { ExceptionList, type Rights } from './exception-list';
import { ObjectiveRow } from './objective-row';
import { RunProgress } from './run-progress';

const STAGE_WORDS = {
  pre_deploy: { title: 'Before deployment', description: 'The release gate requires these.' },
  ongoing: { title: 'Ongoing', description: 'Objectives that must keep passing between releases.' },
} as const;

function Objectives({
  objectives,
  rights,
  isOpen,
}: {
  objectives: readonly ObjectiveDto[];
  rights: Rights;
  isOpen: boolean;
}) {
  return (
    <Panel>
      {objectives.map((objective) => (
        <ObjectiveRow key={objective.key} objective={objective} rights={rights} isOpen={isOpen} />
      ))}
    </Panel>
  );
}

function NeedsMe({ data, rights }: { data: ChecklistDto; rights: Rights }) {
  const needy = needsAttention(data.objectives);
  const isExcepted = data.objectives.some(({ state }) => state === 'excepted');
  const isCalm = needy.length === 0 && data.contradictions.length === 0 && data.requests.length === 0;
  return (
    <PageSection
      title="Needs attention"
      description="Failures first. Unknown and stale results count as failures."
    >
      {isCalm ? (
        <Panel className="flex items-center gap-3 px-4 py-3 text-muted">
          <CheckCircle2 aria-hidden className="text-success" />
          {isExcepted
            ? 'Every other objective passes, based on a recent, complete run. Some have an approved exception.'
            : 'Every objective passes, based on a recent, complete run.'}
        </Panel>
      ) : null}
      {data.contradictions.map((found) => (
        <Contradiction key={found.checkKeys.join(' ')} found={found} />
      ))}
      {data.requests.length > 0 ? (
        <Panel className="flex flex-col gap-3 px-4 py-3">
          <h3 className="font-medium">Exceptions awaiting approval</h3>
          <ExceptionList exceptions={data.requests} rights={rights} />
        </Panel>
      ) : null}
      {needy.length > 0 ? <Objectives objectives={needy} rights={rights} isOpen /> : null}
    </PageSection>
  );
}

function Changes({ objectives }: { objectives: readonly ObjectiveDto[] }) {
  const failing = objectives.filter(({ change }) => change === 'newly_failing');
  const fixed = objectives.filter(({ change }) => change === 'fixed');
  if (failing.length === 0 && fixed.length === 0) return null;
  const names = (list: readonly ObjectiveDto[]) => list.map(({ title }) => title).join('; ');
  return (
    <Callout tone={failing.length > 0 ? 'warning' : 'success'} title="Since the previous run">
      {failing.length > 0 ? <p>Newly failing: {names(failing)}.</p> : null}
      {fixed.length > 0 ? <p>Fixed: {names(fixed)}.</p> : null}
    </Callout>
  );
}

function DefinitionProblems({ definition }: { definition: ChecklistDto['definition'] }) {
  if (definition.problems.length === 0) return null;
  return (
    <Callout
      tone="danger"
      title={`${definition.file} is not valid. The previous version is still in effect.`}
    >
      <ul>
        {definition.problems.map(({ line, message }) => (
          <li key={`${line} ${message}`}>
            <span className="font-mono">line {line}</span> {message}
          </li>
        ))}
      </ul>
    </Callout>
  );
}

function Actions({ data, canRun }: { data: ChecklistDto; canRun: boolean }) {
  const start = useAction<void>({
    run: () => apiFetch('/checklist/runs', { method: 'POST', body: {} }),
    refresh: [checklistKeys.all],
    done: () => null,
    failed: 'Could not start the checklist run',
  });
  return (
    <div className="flex flex-wrap gap-2" data-print="hide">
      <ButtonLink href="/checklist/releases">Releases</ButtonLink>
      <Button onClick={() => window.print()}>
        <Printer aria-hidden />
        Print
      </Button>
      {canRun ? (
        <Button
          variant="primary"
          loading={start.isPending || data.activeRun !== null}
          onClick={() => start.mutate()}
        >
          <Play aria-hidden />
          Run now
        </Button>
      ) : null}
    </div>
  );
}

/** Only what an address asks for, and all of that. */
function Selected({ data, show, rights }: { data: ChecklistDto; show: ChecklistShown; rights: Rights }) {
  const { objectives, contradictions, requests } = shownOf(data, show);
  const isEmpty = objectives.length + contradictions.length + requests.length === 0;
  return (
    <>
      {contradictions.map((found) => (
        <Contradiction key={found.checkKeys.join(' ')} found={found} />
      ))}
      {requests.length > 0 ? (
        <Panel className="flex flex-col gap-3 px-4 py-3">
          <ExceptionList exceptions={requests} rights={rights} />
        </Panel>
      ) : null}
      {objectives.length > 0 ? <Objectives objectives={objectives} rights={rights} isOpen /> : null}
      {isEmpty ? (
        <EmptyState icon={<CheckCircle2 aria-hidden />} title="None now">
          Show the whole checklist to see everything else.
        </EmptyState>
      ) : null}
    </>
  );
}

function Contradiction({ found }: { found: ContradictionDto }) {
  return (
    <Callout tone="danger" title="Contradictory results">
      {found.sentence}
    </Callout>
  );
}

/** The checklist: what needs me, then everything; computed from recorded runs. */
export function ChecklistScreen({ initial, rights }: { initial: ChecklistDto; rights: Rights }) {
  const query = useQuery({ ...checklistQuery, initialData: initial });
  const { data } = query;
  const [{ show }, setUrl] = useQueryStates(checklistParsers, { history: 'push' });
  if (show)
    return (
      <PageBody width="read">
        <PageHeader
          title="Checklist"
          status={checklistStatus(data)}
          actions={
            <Button onClick={() => void setUrl({ show: null })}>
              {SHOWN_WORDS[show]}
              <X aria-label="Show the whole checklist" />
            </Button>
          }
        />
        <QueryProblem queries={[query]} title="Could not refresh the checklist" />
        <Selected data={data} show={show} rights={rights} />
      </PageBody>
    );
  return (
    <PageBody width="read">
      <PageHeader
        title="Checklist"
        status={checklistStatus(data)}
        actions={<Actions data={data} canRun={rights.canRun} />}
      />
      <QueryProblem queries={[query]} title="Could not refresh the checklist" />
      <DefinitionProblems definition={data.definition} />
      {data.activeRun ? <RunProgress runId={data.activeRun.id} /> : null}
      <Changes objectives={data.objectives} />
      <NeedsMe data={data} rights={rights} />
      {STAGES.map((stage) => {
        const objectives = data.objectives.filter((one) => one.stage === stage);
        if (objectives.length === 0) return null;
        return (
          <PageSection
            key={stage}
            title={STAGE_WORDS[stage].title}
            description={STAGE_WORDS[stage].description}
          >
            <Objectives objectives={objectives} rights={rights} isOpen={false} />
          </PageSection>
        );
      })}
      <p className="text-faint text-sm">
        As of <Time value={data.asOf} />, by <code className="font-mono">{data.definition.file}</code>{' '}
        <code className="font-mono">{data.definition.hash.slice(0, 12)}</code>
        {data.lastRun ? (
          <>
            . Last run by {data.lastRun.by}, <Time value={data.lastRun.finishedAt} />
          </>
        ) : null}
        .
      </p>
    </PageBody>
  );
}
