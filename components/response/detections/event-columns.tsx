import type { DataColumn, FacetDefinition, FilterKey } from '@/components/data-table/data-view-types';
import { Severity, type SeverityLevel } from '@/components/ui/severity';
import { Time } from '@/components/ui/time';
import { visibleText } from '@/components/ui/visible-text';
import { DETECTION_KIND_NAMES, DETECTION_SEVERITIES, MARK_NAMES } from '@/lib/response/detections/contract';
import type { DetectionDto } from '@/lib/response/detections/view-contract';
import { AlertState, kindWords } from './detection-words';

const none = <span className="text-faint">–</span>;

export const eventColumns: readonly DataColumn<DetectionDto>[] = [
  {
    id: 'receivedAt',
    header: 'Received',
    width: 190,
    hideable: false,
    cell: ({ receivedAt }) => <Time value={receivedAt} precision="millisecond" />,
  },
  {
    id: 'severity',
    header: 'Severity',
    width: 96,
    cell: ({ severity }) => <Severity level={severity} />,
    filterKey: 'severity',
    filterValue: ({ severity }) => severity,
  },
  {
    id: 'rule',
    header: 'Rule',
    width: 216,
    cell: ({ rule }) => <span className="truncate">{visibleText(rule)}</span>,
    filterKey: 'rule',
    filterValue: ({ rule }) => rule,
  },
  {
    id: 'host',
    header: 'Host',
    width: 120,
    cell: ({ host }) => (host ? visibleText(host) : none),
    filterKey: 'host',
    filterValue: ({ host }) => host,
  },
  {
    id: 'output',
    header: 'Output',
    cell: ({ output, alert }) => (
      <span className="flex min-w-0 items-center gap-2">
        {alert ? <AlertState alert={alert} /> : null}
        <span className="truncate">{visibleText(output)}</span>
      </span>
    ),
  },
  {
    id: 'weight',
    header: 'Stands for',
    width: 96,
    align: 'right',
    cell: ({ weight }) => (weight === 1 ? none : weight.toLocaleString('en')),
  },
  {
    id: 'deliveries',
    header: 'Deliveries',
    width: 88,
    align: 'right',
    defaultHidden: true,
    cell: ({ deliveries }) => deliveries.toLocaleString('en'),
  },
  {
    id: 'namespace',
    header: 'Namespace',
    width: 120,
    defaultHidden: true,
    cell: ({ namespace }) => (namespace ? visibleText(namespace) : none),
    filterKey: 'namespace',
    filterValue: ({ namespace }) => namespace,
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
  {
    id: 'sender',
    header: 'Sender',
    width: 136,
    defaultHidden: true,
    cell: ({ sender }) => sender.label,
  },
  {
    id: 'eventTime',
    header: 'Source time',
    width: 264,
    defaultHidden: true,
    cell: ({ eventTime }) => (eventTime ? <code className="text-xs">{visibleText(eventTime)}</code> : none),
  },
];

export const eventFilterKeys: readonly FilterKey[] = [
  { key: 'severity', label: 'Severity', values: DETECTION_SEVERITIES },
  { key: 'rule', label: 'Falco rule or alert name' },
  { key: 'host', label: 'Host that reported it' },
  { key: 'namespace', label: 'Kubernetes namespace' },
  { key: 'group', label: 'ID of a group' },
  { key: 'alert', label: 'Alerts of Alertmanager', values: ['firing', 'resolved'] },
  { key: 'expected', label: 'Covered by an exception', values: ['true', 'false'] },
  { key: 'mark', label: 'What it lacked', values: MARK_NAMES },
  { key: 'kind', label: 'Where it comes from', values: DETECTION_KIND_NAMES },
  { key: 'source', label: 'Event source, such as syscall' },
];

export const eventFacets: readonly FacetDefinition[] = [
  {
    key: 'severity',
    label: 'Severity',
    render: ({ value }) => <Severity level={value as SeverityLevel} />,
  },
  { key: 'rule', label: 'Rule' },
  { key: 'host', label: 'Host' },
  { key: 'namespace', label: 'Namespace' },
  { key: 'kind', label: 'From', render: ({ value }) => kindWords(value) },
  { key: 'source', label: 'Source', closed: true },
];

/** Compact on a phone. */
export function EventCard({ event }: { event: DetectionDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 text-base font-medium break-words">{visibleText(event.rule)}</span>
        <Severity level={event.severity} />
      </span>
      <span className="line-clamp-2 text-sm break-words text-muted">{visibleText(event.output)}</span>
      <span className="flex justify-between gap-2 text-xs text-faint">
        <Time value={event.receivedAt} precision="millisecond" />
        <span className="truncate">{event.host ? visibleText(event.host) : null}</span>
      </span>
    </span>
  );
}
