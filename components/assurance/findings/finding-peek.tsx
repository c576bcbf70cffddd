'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { FilterValue } from '@/components/data-table/filter-value';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button, ButtonLink } from '@/components/ui/button';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Severity } from '@/components/ui/severity';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import type { FindingDto } from '@/lib/assurance/findings/contract';
import { AssignOwner } from './assign-owner';
import { FindingDetail } from './finding-detail';
import {
  Due,
  decisionWords,
  FindingState,
  justificationWords,
  Kev,
  KIND_WORDS,
  toolWords,
} from './finding-words';
import { findingQuery } from './findings.queries';

interface FactProps {
  label: string;
  filterKey?: string;
  value: string | null;
  children?: ReactNode;
  mono?: boolean;
}

function Fact({ label, filterKey, value, children, mono }: FactProps) {
  const shown = children ?? (mono ? <code className="text-xs break-all">{value}</code> : value);
  return (
    <DescriptionItem label={label}>
      {value === null ? (
        <span className="text-faint">–</span>
      ) : filterKey ? (
        <FilterValue filterKey={filterKey} value={value}>
          {shown}
        </FilterValue>
      ) : (
        shown
      )}
    </DescriptionItem>
  );
}

function What({ finding, canDecide }: { finding: FindingDto; canDecide: boolean }) {
  return (
    <>
      <Fact label="Rule" filterKey="rule" value={finding.ruleId} mono />
      {finding.aliases.length > 0 ? (
        <Fact label="Also known as" value={finding.aliases.join(', ')} mono />
      ) : null}
      <Fact label="Kind" filterKey="kind" value={finding.kind}>
        {KIND_WORDS[finding.kind]}
      </Fact>
      <Fact label="Asset" filterKey="asset" value={finding.asset.name} />
      <Fact label="Tool" filterKey="tool" value={finding.tool}>
        {toolWords(finding.tool)}
      </Fact>
      {finding.package ? <Fact label="Package" filterKey="package" value={finding.package} mono /> : null}
      {finding.package ? <Fact label="Installed" value={finding.installedVersion} mono /> : null}
      {finding.package ? <Fact label="Fixed in" value={finding.fixedVersion} mono /> : null}
      {finding.path ? (
        <DescriptionItem label="File">
          <CopyText
            value={finding.line === null ? finding.path : `${finding.path}:${finding.line}`}
            label="Copy path"
          />
        </DescriptionItem>
      ) : null}
      {canDecide ? (
        <DescriptionItem label="Owner">
          <span className="-my-1 -ml-2">
            <AssignOwner findings={[finding]} label={finding.owner?.name ?? 'Unassigned; assign owner'} />
          </span>
        </DescriptionItem>
      ) : (
        <Fact label="Owner" filterKey="owner" value={finding.owner?.userId ?? null}>
          {finding.owner?.name}
        </Fact>
      )}
    </>
  );
}

function When({ finding }: { finding: FindingDto }) {
  return (
    <>
      <DescriptionItem label="Due">
        <Due finding={finding} exact />
      </DescriptionItem>
      <DescriptionItem label="Open since">
        <Time value={finding.openedAt} />
      </DescriptionItem>
      <DescriptionItem label="First seen">
        <Time value={finding.firstSeenAt} />
      </DescriptionItem>
      <DescriptionItem label="Last seen">
        <Time value={finding.lastSeenAt} />
      </DescriptionItem>
      {finding.fixedAt ? (
        <DescriptionItem label="Fixed">
          <Time value={finding.fixedAt} />
        </DescriptionItem>
      ) : null}
      {finding.episode > 1 ? (
        <DescriptionItem label="Reopened">
          {finding.episode === 2 ? 'Once' : `${finding.episode - 1} times`}
        </DescriptionItem>
      ) : null}
    </>
  );
}

function Decided({ decision }: Pick<FindingDto, 'decision'>) {
  if (decision.value === 'none') return null;
  return (
    <>
      <DescriptionItem label="Decision">{decisionWords(decision.value)}</DescriptionItem>
      {decision.justification ? (
        <DescriptionItem label="Why">{justificationWords(decision.justification)}</DescriptionItem>
      ) : null}
      {decision.reason ? (
        <DescriptionItem label="Reason">
          <span className="break-words whitespace-pre-wrap">{decision.reason}</span>
        </DescriptionItem>
      ) : null}
      {decision.until ? (
        <DescriptionItem label="Until">
          <Time value={decision.until} />
        </DescriptionItem>
      ) : null}
      <DescriptionItem label="Decided">
        {decision.by ?? 'unknown'}, <Time value={decision.at} />
      </DescriptionItem>
    </>
  );
}

export function FindingBody({ finding, canDecide }: { finding: FindingDto; canDecide: boolean }) {
  const detail = useQuery(findingQuery(finding.id));
  return (
    <div className="flex flex-col gap-5">
      <p className="text-base font-medium break-words">{finding.title}</p>
      <div className="flex flex-wrap items-center gap-3">
        <Severity level={finding.severity} />
        <FindingState finding={finding} look="pill" />
        {finding.isKev ? <Kev /> : null}
      </div>
      <DescriptionList>
        <What finding={finding} canDecide={canDecide} />
        <When finding={finding} />
        <Decided decision={finding.decision} />
      </DescriptionList>
      <QueryProblem queries={[detail]} title="Could not load the details" />
      {detail.isPending ? <SkeletonLines lines={6} label="Loading details" /> : null}
      {detail.data ? <FindingDetail detail={detail.data} canDecide={canDecide} /> : null}
    </div>
  );
}

/** A finding beside the list, with what was decided and what can be. */
export function findingPeek(
  finding: FindingDto,
  canDecide: boolean,
  onDecide: (findings: readonly FindingDto[]) => void,
): PeekContent {
  return {
    title: finding.ruleId,
    description: finding.asset.name,
    body: <FindingBody key={finding.id} finding={finding} canDecide={canDecide} />,
    footer: (
      <>
        <ButtonLink href={`/audit?q=target:${finding.id}`}>View changes in the audit log</ButtonLink>
        {canDecide ? (
          <Button variant="primary" onClick={() => onDecide([finding])}>
            Decide
          </Button>
        ) : null}
      </>
    ),
  };
}
