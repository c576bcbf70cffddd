'use client';

import { Download, ScrollText } from 'lucide-react';
import { useCallback } from 'react';
import type { HistogramSeries } from '@/components/charts/histogram-data';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataQuery } from '@/components/data-table/data-view-types';
import { apiUrl } from '@/components/shell/api-client';
import { MenuItem } from '@/components/ui/dropdown-menu';
import { EmptyState } from '@/components/ui/empty-state';
import type { AuditEventDto } from '@/lib/platform/audit/contract';
import { AUDIT_FROM, auditKeys, fetchEvent, fetchEvents, fetchFacets, fetchHistogram } from './audit.queries';
import { curlOf, exportPath, questionParams } from './audit-params';
import { AuditStatus, useAuditCounts } from './audit-status';
import { AuditTabs } from './audit-tabs';
import { EventCard, eventColumns, eventFacets, eventFilterKeys } from './event-columns';
import { eventPeek } from './event-peek';

const series: readonly HistogramSeries[] = [
  { key: 'success', label: 'Success', tone: 'neutral' },
  { key: 'denied', label: 'Denied', tone: 'danger' },
  { key: 'failure', label: 'Failure', tone: 'warning' },
];

const rowId = (event: AuditEventDto) => event.id;

function download(query: DataQuery, format: 'csv' | 'ndjson'): void {
  const link = document.createElement('a');
  link.href = apiUrl(...exportPath(format, questionParams(query)));
  link.download = '';
  link.click();
}

function ExportItems({ query }: { query: DataQuery }) {
  const item = (format: 'csv' | 'ndjson', label: string, hint: string) => (
    <MenuItem icon={<Download aria-hidden />} hint={hint} onSelect={() => download(query, format)}>
      {label}
    </MenuItem>
  );
  return (
    <>
      {item('csv', 'CSV', 'For spreadsheets; formulas are escaped')}
      {item('ndjson', 'NDJSON', 'One event per line, exactly as recorded')}
    </>
  );
}

export interface AuditScreenProps {
  canBlock: boolean;
  canExport: boolean;
  gateUrl: string;
  consoleUrl: string;
}

export function AuditScreen({ canBlock, canExport, gateUrl, consoleUrl }: AuditScreenProps) {
  const peek = useCallback(
    (event: AuditEventDto) => eventPeek(event, { consoleUrl, canBlock, canExport }),
    [consoleUrl, canBlock, canExport],
  );
  const isEstimate = useAuditCounts()?.isExact === false;
  return (
    <DataTableView<AuditEventDto>
      title="Audit log"
      status={<AuditStatus />}
      tabs={<AuditTabs current="/audit" />}
      noun={{ one: 'event', many: 'events' }}
      columns={eventColumns}
      rowId={rowId}
      queryKey={auditKeys.list}
      fetchPage={fetchEvents}
      fetchRow={fetchEvent}
      defaultFrom={AUDIT_FROM}
      filterKeys={eventFilterKeys}
      filterPlaceholder="Search, or actor:ada outcome:denied -ip:10.0.0.0/8"
      histogram={{ title: isEstimate ? 'Events, estimated' : 'Events', series, fetch: fetchHistogram }}
      facets={{ definitions: eventFacets, fetch: fetchFacets }}
      peek={peek}
      card={(event) => <EventCard event={event} />}
      live
      curl={(query) => curlOf(`${consoleUrl}${apiUrl('/audit-events', questionParams(query))}`)}
      exportItems={canExport ? (query) => <ExportItems query={query} /> : undefined}
      empty={<NoEvents gateUrl={gateUrl} />}
    />
  );
}

function NoEvents({ gateUrl }: { gateUrl: string }) {
  const code = [
    `curl -sS ${gateUrl}/v1/verify \\`,
    '  -H "Authorization: Bearer $BULWARK_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d "{\\"key\\":\\"$BULWARK_API_KEY\\"}"`,
  ].join('\n');
  return (
    <EmptyState icon={<ScrollText aria-hidden />} title="No events in this time range" code={code}>
      Verify a key with the gate, and the decision appears here before the response is sent. Page views and
      API reads are hidden: add access:show to see them.
    </EmptyState>
  );
}
