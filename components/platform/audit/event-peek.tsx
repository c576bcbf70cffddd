import type { ReactNode } from 'react';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { FilterValue } from '@/components/data-table/filter-value';
import { apiUrl } from '@/components/shell/api-client';
import { ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { CopyButton } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Time } from '@/components/ui/time';
import type { AuditEventDto } from '@/lib/platform/audit/contract';
import { curlOf } from './audit-params';
import { EventDiff } from './event-diff';
import { EventNeighbours } from './event-neighbours';
import {
  actionWords,
  actorFilterValue,
  CATEGORY_WORDS,
  durationWords,
  Outcome,
  targetWords,
} from './event-words';
import { splitDetails } from './field-changes';
import { EventLeaf } from './integrity/event-leaf';

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-xs font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

interface FactProps {
  label: string;
  filterKey?: string;
  value: string | number | null;
  children?: ReactNode;
  mono?: boolean;
}

/** One column of the row; a dash where it is empty, Filter and Exclude where the list can be narrowed by it. */
function Fact({ label, filterKey, value, children, mono }: FactProps) {
  const shown = children ?? (mono ? <code className="text-xs">{value}</code> : value);
  return (
    <DescriptionItem label={label}>
      {value === null ? (
        <span className="text-faint">–</span>
      ) : filterKey ? (
        <FilterValue filterKey={filterKey} value={String(value)}>
          {shown}
        </FilterValue>
      ) : (
        shown
      )}
    </DescriptionItem>
  );
}

function WhatHappened({ event }: { event: AuditEventDto }) {
  return (
    <DescriptionList>
      <DescriptionItem label="Time">
        <Time value={event.at} precision="millisecond" />
      </DescriptionItem>
      <Fact label="Exact" value={event.at} mono />
      <Fact label="Action" filterKey="action" value={event.action} mono />
      <Fact label="Category" filterKey="category" value={event.category}>
        {CATEGORY_WORDS[event.category]}
      </Fact>
      <Fact label="Outcome" filterKey="outcome" value={event.outcome}>
        <Outcome event={{ ...event, code: null }} />
      </Fact>
      <Fact label="Code" filterKey="code" value={event.code} mono />
      <Fact label="Reason" value={event.reason} />
    </DescriptionList>
  );
}

function WhoAndWhat({ event }: { event: AuditEventDto }) {
  return (
    <DescriptionList>
      <Fact label="Actor" filterKey="actor" value={actorFilterValue(event)}>
        {event.actorLabel}
      </Fact>
      <Fact label="Actor type" value={event.actorType} />
      <Fact label="Actor id" value={event.actorId} mono />
      <Fact label="Session" value={event.sessionId} mono />
      <Fact label="Key" filterKey="key" value={event.keyId} mono />
      <Fact label="Key version" value={event.keyVersionId} mono />
      <Fact label="Target" filterKey="target" value={targetWords(event)} />
      <Fact label="Target type" value={event.targetType} />
      <Fact label="Target id" filterKey="target" value={event.targetId} mono />
    </DescriptionList>
  );
}

function Request({ event }: { event: AuditEventDto }) {
  return (
    <DescriptionList>
      <Fact label="Address" filterKey="ip" value={event.ip} mono />
      <Fact label="Method" filterKey="method" value={event.method} mono />
      <Fact label="Host" value={event.host} mono />
      <Fact label="Path" filterKey="path" value={event.path} mono />
      <Fact label="Status" filterKey="status" value={event.status} />
      <Fact label="Duration" value={event.durationUs === null ? null : durationWords(event.durationUs)} />
      <Fact label="User agent" value={event.userAgent} />
      <Fact label="Request id" filterKey="request" value={event.requestId} mono />
      <Fact label="Event id" value={event.id} mono />
      <Fact label="Tenant" value={event.tenantId} mono />
      <Fact label="Recorded" value={event.recordedAt} mono />
    </DescriptionList>
  );
}

function EventBody({ event, canExport }: { event: AuditEventDto; canExport: boolean }) {
  const { changes, rest } = splitDetails(event.details);
  return (
    <div className="flex flex-col gap-5">
      <WhatHappened event={event} />
      {changes.length > 0 ? (
        <Section title="What changed">
          <EventDiff changes={changes} />
        </Section>
      ) : null}
      {Object.keys(rest).length > 0 ? (
        <Section title="Details">
          <CodeBlock code={JSON.stringify(rest, null, 2)} wrap />
        </Section>
      ) : null}
      <Section title="Actor and target">
        <WhoAndWhat event={event} />
      </Section>
      <Section title="Request">
        <Request event={event} />
      </Section>
      <EventLeaf event={event} canExport={canExport} />
      <EventNeighbours event={event} />
    </div>
  );
}

/** An event beside the list: every column of its row, and what happened around it. */
export function eventPeek(
  event: AuditEventDto,
  { consoleUrl, canBlock, canExport }: { consoleUrl: string; canBlock: boolean; canExport: boolean },
): PeekContent {
  const who = event.actorLabel ?? event.actorType;
  const target = targetWords(event);
  return {
    title: actionWords(event.action),
    description: target && target !== who ? `${who} → ${target}` : who,
    body: <EventBody key={event.id} event={event} canExport={canExport} />,
    footer: (
      <>
        {canBlock && event.ip ? (
          <ButtonLink href={`/policies/blocks?block=ip:${encodeURIComponent(event.ip)}`}>
            Block address
          </ButtonLink>
        ) : null}
        <CopyButton
          showLabel
          variant="secondary"
          label="Copy as curl"
          value={curlOf(`${consoleUrl}${apiUrl(`/audit-events/${event.id}`, { at: event.at })}`)}
        />
        <CopyButton
          showLabel
          variant="secondary"
          label="Copy as JSON"
          value={JSON.stringify(event, null, 2)}
        />
      </>
    ),
  };
}
