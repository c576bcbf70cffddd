'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { MoreHorizontal, Play, Radar } from 'lucide-react';
import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { AlertDialog } from '@/components/ui/alert-dialog';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { DropdownMenu, MenuItem } from '@/components/ui/dropdown-menu';
import { EmptyState } from '@/components/ui/empty-state';
import { IconButton } from '@/components/ui/icon-button';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { SCANNER_FACTS, type ScannerDto, type TargetDto } from '@/lib/assurance/scanners/contract';
import { RunDrawer } from './run-drawer';
import { ScanTabs } from './scan-tabs';
import { TargetDialog } from './target-form';
import { outcomeOf, RunState, scheduleWords } from './target-words';
import { isOpen, scannersQuery, targetKeys, targetsQuery } from './targets.queries';

export interface TargetsScreenProps {
  canWrite: boolean;
  canRun: boolean;
}

interface RowProps extends TargetsScreenProps {
  target: TargetDto;
  onLog: () => void;
  onEdit: () => void;
}

function Actions({ target, canWrite, canRun, onLog, onEdit }: RowProps) {
  const [isDeleting, setDeleting] = useState(false);
  const run = useAction<void>({
    run: () => apiFetch(`/scan-targets/${target.id}/run`, { method: 'POST' }),
    refresh: [targetKeys.all],
    done: () => {
      onLog();
      return null;
    },
    failed: 'Could not start the scan',
  });
  const remove = useAction<void>({
    run: () => apiFetch(`/scan-targets/${target.id}/delete`, { method: 'POST' }),
    refresh: [targetKeys.list],
    done: () => ({ title: `The target ${target.asset} is deleted; its runs and findings stay` }),
    failed: 'Could not delete the target',
  });
  return (
    <div className="flex items-center gap-2">
      {canRun && !isOpen(target.lastRun) ? (
        <Button loading={run.isPending} onClick={() => run.mutate()}>
          <Play aria-hidden />
          Run now
        </Button>
      ) : null}
      <Button onClick={onLog}>Log</Button>
      {canWrite ? (
        <DropdownMenu
          align="end"
          trigger={
            <IconButton label={`More for ${target.asset}`}>
              <MoreHorizontal aria-hidden />
            </IconButton>
          }
        >
          <MenuItem onSelect={onEdit}>Change</MenuItem>
          <MenuItem onSelect={() => setDeleting(true)}>Delete target</MenuItem>
        </DropdownMenu>
      ) : null}
      <AlertDialog
        open={isDeleting}
        onOpenChange={setDeleting}
        title={`Delete the target ${target.asset}?`}
        description="Bulwark stops scanning this target. Its runs, logs and findings are kept. You cannot undo this."
        confirmLabel="Delete target"
        tone="danger"
        onConfirm={() => remove.mutateAsync()}
      />
    </div>
  );
}

function Row(props: RowProps) {
  const { target } = props;
  const name = `${target.asset}: ${SCANNER_FACTS[target.scanner].name}`;
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 border-line border-t px-4 py-2.5 first:border-t-0">
      <div className="flex min-w-0 flex-1 basis-64 flex-col">
        <span className="truncate font-medium" title={name}>
          {name}
        </span>
        <span className="truncate font-mono text-sm text-muted" title={target.location}>
          {target.location}
        </span>
        <span className="text-sm text-muted">
          {scheduleWords(target)}
          {target.nextAt ? (
            <>
              , next <Time value={target.nextAt} precision="minute" />
            </>
          ) : null}
        </span>
      </div>
      <div className="flex min-w-0 basis-56 flex-col">
        <RunState run={target.lastRun} />
        <span className="line-clamp-2 text-sm break-words text-muted">{outcomeOf(target.lastRun)}</span>
      </div>
      <Actions {...props} />
    </li>
  );
}

const STATE: Record<ScannerDto['state'], { tone: 'success' | 'warning' | 'neutral'; word: string }> = {
  installed: { tone: 'success', word: 'Installed' },
  incomplete: { tone: 'warning', word: 'Setup incomplete' },
  not_installed: { tone: 'neutral', word: 'Not usable' },
  unknown: { tone: 'neutral', word: 'Not checked yet' },
};

/** Why a scanner cannot be used; the command that mends it stands in a box of its own. */
function problemOf({ problem, install }: ScannerDto): { sentence: string | null; command: string | null } {
  const hint = ` Install it with "${install}".`;
  if (!problem?.endsWith(hint)) return { sentence: problem, command: null };
  return { sentence: problem.slice(0, -hint.length), command: install };
}

function Scanner({ scanner }: { scanner: ScannerDto }) {
  const { tone, word } = STATE[scanner.state];
  const { sentence, command } = problemOf(scanner);
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-line border-t px-4 py-2.5 first:border-t-0">
      <div className="flex min-w-0 flex-1 basis-56 flex-col">
        <span className="font-medium">
          {scanner.name} {scanner.version}
        </span>
        <span className="text-sm text-muted">Looks for {scanner.finds}.</span>
      </div>
      <div className="flex min-w-0 flex-1 basis-64 flex-col gap-1.5">
        <Status tone={tone}>{word}</Status>
        {sentence ? <span className="text-sm text-muted">{sentence}</span> : null}
        {command ? <CodeBlock code={command} copyLabel="Copy command" /> : null}
      </div>
    </li>
  );
}

/** What Bulwark scans itself and when, the runs with their logs, and which scanners the worker has. */
export function TargetsScreen({ canWrite, canRun }: TargetsScreenProps) {
  const targets = useInfiniteQuery(targetsQuery);
  const scanners = useQuery(scannersQuery);
  const [edited, edit] = useState<TargetDto | 'new' | null>(null);
  const [shownId, show] = useState<string | null>(null);
  const items = targets.data?.pages.flatMap((page) => page.items) ?? [];
  const shown = items.find(({ id }) => id === shownId);
  const add = canWrite ? (
    <Button variant="primary" onClick={() => edit('new')}>
      Add target
    </Button>
  ) : null;
  return (
    <PageBody width="read">
      <PageHeader
        title="Scans"
        status="Targets that Bulwark scans on a schedule or on demand."
        actions={items.length > 0 ? add : null}
        tabs={<ScanTabs current="/scans/targets" />}
      />
      <QueryProblem queries={[targets, scanners]} title="Could not refresh the targets" />
      {targets.isSuccess && items.length === 0 ? (
        <EmptyState icon={<Radar aria-hidden />} title="No scan targets yet" action={add}>
          Name a git repository, a directory of the worker or an image. secretlint is ready and looks for
          secrets; the other scanners work as soon as the worker has them.
        </EmptyState>
      ) : null}
      {items.length > 0 ? (
        <Panel>
          <ul>
            {items.map((target) => (
              <Row
                key={target.id}
                target={target}
                canWrite={canWrite}
                canRun={canRun}
                onLog={() => show(target.id)}
                onEdit={() => edit(target)}
              />
            ))}
          </ul>
        </Panel>
      ) : null}
      {targets.hasNextPage ? (
        <div>
          <Button loading={targets.isFetchingNextPage} onClick={() => void targets.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
      <PageSection
        title="Scanners"
        description="Scanners installed on the worker. Checked every few minutes."
      >
        <Panel>
          <ul>
            {scanners.data?.items.map((scanner) => (
              <Scanner key={scanner.key} scanner={scanner} />
            ))}
          </ul>
        </Panel>
      </PageSection>
      {edited ? <TargetDialog target={edited === 'new' ? null : edited} onClose={() => edit(null)} /> : null}
      {shown ? <RunDrawer target={shown} canRun={canRun} onClose={() => show(null)} /> : null}
    </PageBody>
  );
}
