import type { ReactNode } from 'react';
import type { DataColumn, FacetDefinition, FilterKey } from '@/components/data-table/data-view-types';
import { Time } from '@/components/ui/time';
import {
  AUDIT_ACTION_NAMES,
  AUDIT_CATEGORIES,
  AUDIT_OUTCOMES,
  type AuditCategory,
  type AuditEventDto,
  EVENT_IS,
} from '@/lib/platform/audit/contract';
import {
  actionWords,
  actorFilterValue,
  CATEGORY_WORDS,
  durationWords,
  Outcome,
  targetWords,
} from './event-words';

const none = <span className="text-faint">–</span>;
const mono = (text: string | null): ReactNode => (text ? <code className="text-xs">{text}</code> : none);

export const eventColumns: readonly DataColumn<AuditEventDto>[] = [
  {
    id: 'at',
    header: 'Time',
    width: 190,
    hideable: false,
    cell: (event) => <Time value={event.at} precision="millisecond" />,
  },
  {
    id: 'outcome',
    header: 'Outcome',
    width: 160,
    cell: (event) => <Outcome event={event} />,
    filterKey: 'outcome',
    filterValue: (event) => event.outcome,
  },
  {
    id: 'action',
    header: 'Action',
    width: 116,
    cell: (event) => actionWords(event.action),
    filterKey: 'action',
    filterValue: (event) => event.action,
  },
  {
    id: 'actor',
    header: 'Actor',
    width: 108,
    cell: (event) => event.actorLabel ?? mono(event.actorId),
    filterKey: 'actor',
    filterValue: actorFilterValue,
  },
  {
    id: 'target',
    header: 'Target',
    width: 116,
    cell: (event) => targetWords(event) ?? none,
    filterKey: 'target',
    filterValue: (event) => event.targetId ?? event.targetLabel,
  },
  {
    id: 'ip',
    header: 'Address',
    width: 120,
    cell: (event) => mono(event.ip),
    filterKey: 'ip',
    filterValue: (event) => event.ip,
  },
  {
    id: 'path',
    header: 'Request',
    cell: (event) => mono(event.path === null ? null : [event.method, event.path].filter(Boolean).join(' ')),
    filterKey: 'path',
    filterValue: (event) => event.path,
  },
  {
    id: 'category',
    header: 'Category',
    width: 96,
    defaultHidden: true,
    cell: (event) => CATEGORY_WORDS[event.category],
    filterKey: 'category',
    filterValue: (event) => event.category,
  },
  {
    id: 'status',
    header: 'Status',
    width: 72,
    align: 'right',
    defaultHidden: true,
    cell: (event) => event.status ?? none,
    filterKey: 'status',
    filterValue: (event) => (event.status === null ? null : String(event.status)),
  },
  {
    id: 'duration',
    header: 'Duration',
    width: 96,
    align: 'right',
    defaultHidden: true,
    cell: (event) => (event.durationUs === null ? none : durationWords(event.durationUs)),
  },
  {
    id: 'request',
    header: 'Request id',
    width: 296,
    defaultHidden: true,
    cell: (event) => mono(event.requestId),
    filterKey: 'request',
    filterValue: (event) => event.requestId,
  },
  { id: 'userAgent', header: 'User agent', defaultHidden: true, cell: (event) => event.userAgent ?? none },
];

/** Compact on a phone: what, how it ended, who, when. */
export function EventCard({ event }: { event: AuditEventDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className="truncate text-base font-medium">{actionWords(event.action)}</span>
        <Outcome event={event} />
      </span>
      <span className="truncate text-sm text-muted">
        {[event.actorLabel, targetWords(event)].filter(Boolean).join(' → ') || '–'}
      </span>
      <span className="flex justify-between gap-2 text-xs text-faint">
        <Time value={event.at} precision="millisecond" />
        {event.ip ? <code>{event.ip}</code> : null}
      </span>
    </span>
  );
}

const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export const eventFilterKeys: readonly FilterKey[] = [
  { key: 'actor', label: 'Actor ID or name' },
  { key: 'action', label: 'Action', values: AUDIT_ACTION_NAMES },
  { key: 'outcome', label: 'Outcome', values: AUDIT_OUTCOMES },
  { key: 'code', label: 'Reason code, such as REVOKED or EXPIRED' },
  { key: 'category', label: 'Kind of event', values: AUDIT_CATEGORIES },
  { key: 'ip', label: 'Address or network: 10.0.0.0/8' },
  { key: 'key', label: 'Id of an API key' },
  { key: 'target', label: 'Target ID or name' },
  { key: 'method', label: 'HTTP method', values: HTTP_METHODS },
  { key: 'path', label: 'Path prefix' },
  { key: 'status', label: 'HTTP status', values: ['200', '4xx', '5xx'] },
  { key: 'request', label: 'Request id' },
  { key: 'caller', label: 'Exact name of the actor' },
  { key: 'place', label: 'Route of the gate, or exact path' },
  { key: 'deniedBy', label: 'Rate limit that denied it' },
  { key: 'shadowedBy', label: 'Rate limit in shadow that would have denied it' },
  { key: 'is', label: 'Failed authentication of any kind', values: EVENT_IS },
  { key: 'access', label: 'Include page views and API reads', values: ['show'] },
  { key: 'synthetic', label: 'Include requests that Bulwark sends to test itself', values: ['show'] },
];

export const eventFacets: readonly FacetDefinition[] = [
  { key: 'outcome', label: 'Outcome', render: ({ value }) => <span className="capitalize">{value}</span> },
  {
    key: 'category',
    label: 'Category',
    render: ({ value }) => CATEGORY_WORDS[value as AuditCategory] ?? value,
  },
  { key: 'action', label: 'Action' },
  { key: 'code', label: 'Code', render: ({ value }) => <code className="text-xs">{value}</code> },
  { key: 'actor', label: 'Actor' },
  { key: 'ip', label: 'Address', render: ({ value }) => <code className="text-xs">{value}</code> },
];
