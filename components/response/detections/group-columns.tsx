import type { DataColumn, FacetDefinition, FilterKey } from '@/components/data-table/data-view-types';
import { Badge } from '@/components/ui/badge';
import { Severity, type SeverityLevel } from '@/components/ui/severity';
import { Time } from '@/components/ui/time';
import { visibleText } from '@/components/ui/visible-text';
import {
  DETECTION_KIND_NAMES,
  DETECTION_SEVERITIES,
  GROUP_STATE_NAMES,
} from '@/lib/response/detections/contract';
import { GROUP_STATES_ASKED, type GroupDto } from '@/lib/response/detections/view-contract';
import { GroupBadges, GroupStateWords, kindWords, Ongoing } from './detection-words';

const none = <span className="text-faint">–</span>;

function hostWords({ hosts, hasMoreHosts }: GroupDto) {
  const [first] = hosts;
  if (first === undefined) return none;
  const more = hosts.length - 1;
  return (
    <span className="truncate">
      {visibleText(first)}
      {more > 0 || hasMoreHosts ? (
        <span className="text-faint">
          {' '}
          and {hasMoreHosts ? 'at least ' : ''}
          {more}
        </span>
      ) : null}
    </span>
  );
}

export const groupColumns: readonly DataColumn<GroupDto>[] = [
  {
    id: 'severity',
    header: 'Severity',
    width: 96,
    hideable: false,
    cell: ({ severity, rule }) => (
      <>
        <Severity level={severity} />
        <span className="sr-only">: {visibleText(rule)}</span>
      </>
    ),
    filterKey: 'severity',
    filterValue: ({ severity }) => severity,
  },
  {
    id: 'rule',
    header: 'Rule',
    hideable: false,
    cell: (group) => (
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate">{visibleText(group.rule)}</span>
        {group.isTest ? <Badge>test</Badge> : null}
      </span>
    ),
    filterKey: 'rule',
    filterValue: ({ rule }) => rule,
  },
  {
    id: 'scope',
    header: 'Where',
    width: 208,
    cell: ({ scope }) => <span className="truncate">{visibleText(scope.text)}</span>,
    filterKey: 'namespace',
    filterValue: ({ scope }) => scope.namespace,
  },
  {
    id: 'count',
    header: 'Events',
    width: 88,
    align: 'right',
    cell: ({ count }) => count.toLocaleString('en'),
  },
  {
    id: 'host',
    header: 'Hosts',
    width: 136,
    cell: hostWords,
    filterKey: 'host',
    filterValue: ({ hosts }) => hosts[0] ?? null,
  },
  {
    id: 'last',
    header: 'Last',
    width: 96,
    cell: (group) =>
      group.isActive ? <Ongoing group={group} /> : <Time value={group.lastReceivedAt} mode="relative" />,
  },
  {
    id: 'state',
    header: 'State',
    width: 128,
    cell: ({ state }) => <GroupStateWords state={state} />,
    filterKey: 'state',
    filterValue: ({ state }) => state,
  },
  {
    id: 'first',
    header: 'First',
    width: 96,
    defaultHidden: true,
    cell: ({ firstReceivedAt }) => <Time value={firstReceivedAt} mode="relative" />,
  },
  {
    id: 'technique',
    header: 'Techniques',
    width: 144,
    defaultHidden: true,
    cell: ({ techniques }) => techniques.map(({ id }) => id).join(', ') || none,
    filterKey: 'technique',
    filterValue: ({ techniques }) => techniques[0]?.id ?? null,
  },
  {
    id: 'kind',
    header: 'From',
    width: 112,
    defaultHidden: true,
    cell: ({ kind }) => kindWords(kind),
    filterKey: 'kind',
    filterValue: ({ kind }) => kind,
  },
  {
    id: 'source',
    header: 'Source',
    width: 112,
    defaultHidden: true,
    cell: ({ source }) => visibleText(source),
    filterKey: 'source',
    filterValue: ({ source }) => source,
  },
];

export const groupFilterKeys: readonly FilterKey[] = [
  { key: 'severity', label: 'Severity', values: DETECTION_SEVERITIES },
  { key: 'state', label: 'Open and acknowledged by default', values: GROUP_STATES_ASKED },
  { key: 'rule', label: 'Falco rule or alert name' },
  { key: 'host', label: 'Host that reported it' },
  { key: 'namespace', label: 'Kubernetes namespace' },
  { key: 'technique', label: 'ATT&CK technique, such as T1059' },
  { key: 'active', label: 'Still going on', values: ['true', 'false'] },
  { key: 'entity', label: 'What its events name: address:203.0.113.7' },
  { key: 'kind', label: 'Where it comes from', values: DETECTION_KIND_NAMES },
  { key: 'source', label: 'Event source, such as syscall' },
];

export const groupFacets: readonly FacetDefinition[] = [
  {
    key: 'severity',
    label: 'Severity',
    render: ({ value }) => <Severity level={value as SeverityLevel} />,
  },
  {
    key: 'state',
    label: 'State',
    render: ({ value, label }) => {
      const state = GROUP_STATE_NAMES.find((name) => name === value);
      return state ? <GroupStateWords state={state} /> : (label ?? value);
    },
  },
  { key: 'rule', label: 'Rule' },
  { key: 'host', label: 'Host' },
  { key: 'namespace', label: 'Namespace' },
  { key: 'technique', label: 'Technique' },
  { key: 'kind', label: 'From', closed: true },
  { key: 'source', label: 'Source', closed: true },
];

/** Compact on a phone: how bad, what, where, how often, since when. */
export function GroupCard({ group }: { group: GroupDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 text-base font-medium break-words">{visibleText(group.rule)}</span>
        <Severity level={group.severity} />
      </span>
      <span className="truncate text-sm text-muted">{visibleText(group.scope.text)}</span>
      <span className="flex flex-wrap items-center justify-between gap-2 text-xs text-faint">
        <span className="flex items-center gap-2">
          <GroupStateWords state={group.state} />
          <GroupBadges group={group} />
        </span>
        <span>
          {group.count.toLocaleString('en')} {group.count === 1 ? 'event' : 'events'},{' '}
          <Time value={group.lastReceivedAt} mode="relative" />
        </span>
      </span>
    </span>
  );
}
