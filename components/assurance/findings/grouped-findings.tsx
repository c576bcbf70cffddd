'use client';

import type { ReactNode } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataColumn, DataPage, DataQuery } from '@/components/data-table/data-view-types';
import { useDataViewState } from '@/components/data-table/use-data-view-state';
import { apiFetch } from '@/components/shell/api-client';
import { EmptyState } from '@/components/ui/empty-state';
import { Severity } from '@/components/ui/severity';
import { SEVERITIES, type Severity as SeverityName } from '@/lib/assurance/findings/contract';
import type { FindingGroupDto, FindingGroupsDto } from '@/lib/assurance/findings/views-contract';
import { findingFacets, findingFilterKeys } from './finding-columns';
import { type Grouping, groupHref } from './finding-links';
import { queryOf } from './finding-query';
import { FindingTabs } from './finding-tabs';
import { fetchFindingFacets, findingKeys } from './findings.queries';

const NOUNS: Record<Grouping, { one: string; many: string; header: string }> = {
  package: { one: 'package', many: 'packages', header: 'Package' },
  rule: { one: 'rule', many: 'rules', header: 'Rule' },
  asset: { one: 'asset', many: 'assets', header: 'Asset' },
};

function Count({ number }: { number: number }) {
  return number === 0 ? <span className="text-faint">–</span> : number.toLocaleString('en');
}

const severityColumn = (severity: SeverityName): DataColumn<FindingGroupDto> => ({
  id: severity,
  header: severity.charAt(0).toUpperCase() + severity.slice(1),
  width: 68,
  align: 'right',
  cell: ({ counts }) => <Count number={counts[severity]} />,
});

function columnsOf(by: Grouping): readonly DataColumn<FindingGroupDto>[] {
  const title: DataColumn<FindingGroupDto> = {
    id: 'title',
    header: 'Group',
    cell: (group) => <span className="truncate text-muted">{group.title}</span>,
  };
  return [
    {
      id: 'value',
      header: NOUNS[by].header,
      hideable: false,
      ...(by === 'rule' ? { width: 176 } : {}),
      cell: ({ label }) => (by === 'asset' ? label : <code className="text-xs">{label}</code>),
    },
    ...(by === 'rule' ? [title] : []),
    ...SEVERITIES.map(severityColumn),
    { id: 'total', header: 'All', width: 60, align: 'right', cell: ({ total }) => <Count number={total} /> },
  ];
}

const COLUMNS: Record<Grouping, readonly DataColumn<FindingGroupDto>[]> = {
  package: columnsOf('package'),
  rule: columnsOf('rule'),
  asset: columnsOf('asset'),
};

function GroupCard({ group }: { group: FindingGroupDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="break-words font-medium text-base">{group.label}</span>
      <span className="flex flex-wrap gap-x-3 gap-y-1 text-xs">
        {SEVERITIES.filter((severity) => group.counts[severity] > 0).map((severity) => (
          <span key={severity} className="flex items-center gap-1">
            <Severity level={severity} /> {group.counts[severity].toLocaleString('en')}
          </span>
        ))}
      </span>
    </span>
  );
}

async function fetchGroups(
  by: Grouping,
  { clauses }: DataQuery,
  signal: AbortSignal,
): Promise<DataPage<FindingGroupDto>> {
  const query = { ...queryOf(clauses), by };
  const { items, isCapped, hasMore } = await apiFetch<FindingGroupsDto>('/findings/groups', {
    query,
    signal,
  });
  return { items, nextCursor: null, ...(isCapped || hasMore ? {} : { total: items.length }) };
}

/** The findings of the filter put together, worst group first; each leads to its findings. */
export function GroupedFindings({ by, actions }: { by: Grouping; actions: ReactNode }) {
  const { clauses } = useDataViewState(null, null);
  return (
    <DataTableView<FindingGroupDto>
      key={by}
      title="Findings"
      tabs={<FindingTabs current="/findings" />}
      status={`Open findings by ${NOUNS[by].one}, highest severity first.`}
      actions={actions}
      noun={NOUNS[by]}
      columns={COLUMNS[by]}
      rowId={({ value }) => value}
      queryKey={[...findingKeys.all, 'groups', by]}
      fetchPage={(query, { signal }) => fetchGroups(by, query, signal)}
      defaultFrom={null}
      filterKeys={findingFilterKeys}
      facets={{ definitions: findingFacets, fetch: fetchFindingFacets }}
      filterPlaceholder="Search, or severity:critical asset:web state:any"
      rowHref={(group) => groupHref(by, group.value, clauses)}
      card={(group) => <GroupCard group={group} />}
      empty={<EmptyState title="No open findings">There are no findings to group.</EmptyState>}
    />
  );
}
