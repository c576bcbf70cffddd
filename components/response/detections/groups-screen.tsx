'use client';

import { useQuery } from '@tanstack/react-query';
import { Download, ShieldCheck } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { HistogramSeries } from '@/components/charts/histogram-data';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataQuery } from '@/components/data-table/data-view-types';
import { useDataViewState } from '@/components/data-table/use-data-view-state';
import { apiUrl } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { MenuItem } from '@/components/ui/dropdown-menu';
import { EmptyState } from '@/components/ui/empty-state';
import { Select } from '@/components/ui/select';
import { severityOrder } from '@/components/ui/severity';
import { GROUP_SORTS, type GroupDto, type TriageGroupInput } from '@/lib/response/detections/view-contract';
import { curlOf, type FilterFields, GROUP_FIELDS, questionParams } from './detection-params';
import { DetectionTabs } from './detection-tabs';
import {
  anyGroupQuery,
  detectionKeys,
  fetchGroup,
  fetchGroupFacets,
  fetchGroupHistogram,
  fetchGroups,
  GROUPS_FROM,
  GROUPS_SORT,
  standingQuery,
} from './detections.queries';
import { GroupCard, groupColumns, groupFacets, groupFilterKeys } from './group-columns';
import { groupPeek, TriageDialog } from './group-peek';
import { type Installation, SetupGuide } from './setup-guide';

export const severitySeries: readonly HistogramSeries[] = [
  { key: 'critical', label: 'Critical', tone: 'danger' },
  { key: 'high', label: 'High', tone: 'warning' },
  { key: 'medium', label: 'Medium', tone: 'info' },
  { key: 'minor', label: 'Low or info', tone: 'neutral' },
];

const SORT_LABELS = {
  severity: 'Highest severity first',
  newest: 'Newest first',
  count: 'Most events first',
  updated: 'Oldest change first',
} as const;
const SORTS = GROUP_SORTS.filter((sort) => sort !== 'updated').map((value) => ({
  value,
  label: SORT_LABELS[value],
}));
const SORT_ORDER = ['severity', 'newest', 'count'];

const rowId = (group: GroupDto) => group.id;

export interface GroupsScreenProps {
  canWrite: boolean;
  canBlock: boolean;
  installation: Installation;
}

export function GroupsScreen({ canWrite, canBlock, installation }: GroupsScreenProps) {
  const [triaging, setTriaging] = useState<{
    groups: readonly GroupDto[];
    state: TriageGroupInput['state'];
    onDone?: () => void;
  } | null>(null);
  const onTriage = useCallback(
    (groups: readonly GroupDto[], state: TriageGroupInput['state']) => setTriaging({ groups, state }),
    [],
  );
  const peek = useCallback(
    (group: GroupDto) => groupPeek(group, { canWrite, canBlock, onTriage }),
    [canWrite, canBlock, onTriage],
  );
  return (
    <>
      <DataTableView<GroupDto>
        title="Detections"
        tabs={<DetectionTabs current="/detections" />}
        status={<Standing />}
        actions={<Order />}
        noun={{ one: 'detection', many: 'detections' }}
        columns={groupColumns}
        rowId={rowId}
        queryKey={detectionKeys.groups}
        fetchPage={fetchGroups}
        fetchRow={fetchGroup}
        defaultFrom={GROUPS_FROM}
        defaultSort={GROUPS_SORT}
        filterKeys={groupFilterKeys}
        filterPlaceholder="Search, or severity:critical host:node-3 -namespace:kube-system state:any"
        histogram={{ title: 'Events', series: severitySeries, fetch: fetchGroupHistogram }}
        facets={{ definitions: groupFacets, fetch: fetchGroupFacets }}
        peek={peek}
        card={(group) => <GroupCard group={group} />}
        bulkActions={
          canWrite
            ? (groups, clear) => (
                <>
                  {(['acknowledged', 'closed'] as const).map((state) => (
                    <Button
                      key={state}
                      size="sm"
                      variant="ghost"
                      onClick={() => setTriaging({ groups, state, onDone: clear })}
                    >
                      {state === 'closed' ? 'Close' : 'Acknowledge'}
                    </Button>
                  ))}
                </>
              )
            : undefined
        }
        curl={(query) =>
          curlOf(
            `${installation.consoleUrl}${apiUrl('/detections/groups', questionParams(query, GROUP_FIELDS))}`,
          )
        }
        exportItems={(query) => (
          <ExportItems
            path="/detections/groups/export"
            query={query}
            fields={GROUP_FIELDS}
            noun="detection"
          />
        )}
        empty={<NoGroups installation={installation} canWrite={canWrite} />}
      />
      {triaging ? (
        <TriageDialog
          groups={triaging.groups}
          state={triaging.state}
          onDone={triaging.onDone}
          onClose={() => setTriaging(null)}
        />
      ) : null}
    </>
  );
}

/** Nothing is open, or nothing ever came: an empty list alone does not say which. */
function NoGroups(props: { canWrite: boolean; installation: Installation }) {
  const { setClauses } = useDataViewState(GROUPS_FROM, GROUPS_SORT);
  const { data: hasAny, isPending } = useQuery(anyGroupQuery);
  if (isPending) return null;
  if (!hasAny) return <SetupGuide {...props} />;
  return (
    <EmptyState
      icon={<ShieldCheck aria-hidden />}
      title="No open detections"
      action={
        <Button onClick={() => setClauses([{ key: 'state', value: 'any', exclude: false }])}>
          Show closed and expected ones
        </Button>
      }
    >
      Everything in this time range was closed or is expected.
    </EmptyState>
  );
}

/** Downloads what the filter finds. */
export function ExportItems({
  path,
  query,
  fields,
  noun,
}: {
  path: string;
  query: DataQuery;
  fields: FilterFields;
  noun: string;
}) {
  const download = (format: 'csv' | 'ndjson') => {
    const link = document.createElement('a');
    link.href = apiUrl(path, { ...questionParams(query, fields), format });
    link.download = '';
    link.click();
  };
  return (
    <>
      <MenuItem
        icon={<Download aria-hidden />}
        hint="For spreadsheets; formulas are escaped"
        onSelect={() => download('csv')}
      >
        CSV
      </MenuItem>
      <MenuItem
        icon={<Download aria-hidden />}
        hint={`One ${noun} per line`}
        onSelect={() => download('ndjson')}
      >
        NDJSON
      </MenuItem>
    </>
  );
}

function Order() {
  const { sort, setSort } = useDataViewState(GROUPS_FROM, GROUPS_SORT);
  const current = SORTS.find(({ value }) => value === sort)?.value ?? GROUPS_SORT;
  return (
    <Select
      aria-label="Order"
      className="w-48"
      value={current}
      onValueChange={setSort}
      options={[...SORTS].sort((a, b) => SORT_ORDER.indexOf(a.value) - SORT_ORDER.indexOf(b.value))}
    />
  );
}

/** What is open, whenever it came; each severity leads to its rows. */
function Standing() {
  const { setClauses, setRange } = useDataViewState(GROUPS_FROM, GROUPS_SORT);
  const { data } = useQuery(standingQuery);
  if (!data) return 'Events of Falco and alerts of Alertmanager, grouped.';
  const severities = severityOrder.filter((level) => (data[level] ?? 0) > 0);
  if (severities.length === 0) return 'No open detections.';
  const show = (severity: string) => {
    setRange({ from: 'now-400d', to: 'now' });
    setClauses([
      { key: 'severity', value: severity, exclude: false },
      { key: 'state', value: 'open', exclude: false },
    ]);
  };
  return (
    <>
      Open:{' '}
      {severities.map((severity, index) => (
        <span key={severity}>
          {index === 0 ? '' : ', '}
          <button
            type="button"
            className="text-ink underline underline-offset-2"
            onClick={() => show(severity)}
          >
            {(data[severity] ?? 0).toLocaleString('en')} {severity}
          </button>
        </span>
      ))}
      .
    </>
  );
}
