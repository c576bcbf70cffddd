'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { QueryProblem } from '@/components/shell/query-problem';
import { Badge } from '@/components/ui/badge';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CodeBlock } from '@/components/ui/code-block';
import { CopyButton } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Severity } from '@/components/ui/severity';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import { visibleJson, visibleText } from '@/components/ui/visible-text';
import type { DetectionDetailDto, DetectionDto, FieldDto } from '@/lib/response/detections/view-contract';
import { Fact, Part } from './detection-parts';
import { AlertState, kindWords, markWords, stepWords } from './detection-words';
import { eventQuery } from './detections.queries';
import { Techniques } from './group-detail';
import { ProcessTree } from './process-tree';

const FIELDS_SHOWN = 40;
const RAW_SHOWN = 20_000;

function Fields({ fields }: { fields: readonly FieldDto[] }) {
  const [isAll, setAll] = useState(false);
  if (fields.length === 0) return null;
  const shown = isAll ? fields : fields.slice(0, FIELDS_SHOWN);
  return (
    <Part title={`Fields (${fields.length})`}>
      <DescriptionList>
        {shown.map(({ name, text, kind }) => (
          <DescriptionItem key={name} label={<code className="text-xs break-all">{visibleText(name)}</code>}>
            {kind === 'null' ? (
              <span className="text-faint">null</span>
            ) : (
              <code className="text-xs break-all whitespace-pre-wrap">{visibleText(text)}</code>
            )}
          </DescriptionItem>
        ))}
      </DescriptionList>
      {shown.length < fields.length ? (
        <Button size="sm" variant="ghost" className="self-start" onClick={() => setAll(true)}>
          Show {fields.length - shown.length} more fields
        </Button>
      ) : null}
    </Part>
  );
}

/** JSON as it was received; what is not seen is written as an escape. */
function Raw({ raw }: { raw: string }) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? raw : raw.slice(0, RAW_SHOWN);
  return (
    <Part title="As received">
      <CodeBlock code={visibleJson(shown)} copyLabel="Copy JSON" wrap />
      {shown.length < raw.length ? (
        <Button size="sm" variant="ghost" className="self-start" onClick={() => setAll(true)}>
          Show all {raw.length.toLocaleString('en')} characters
        </Button>
      ) : null}
    </Part>
  );
}

function When({ event }: { event: DetectionDto }) {
  const { alert } = event;
  return (
    <>
      <DescriptionItem label="Received">
        <Time value={event.receivedAt} precision="millisecond" />
      </DescriptionItem>
      <Fact label="Source time" value={event.eventTime === '' ? null : event.eventTime} mono />
      {alert?.resolvedAt ? (
        <DescriptionItem label="Resolved">
          <Time value={alert.resolvedAt} />
        </DescriptionItem>
      ) : null}
      {event.weight > 1 ? (
        <DescriptionItem label="Stands for">
          {event.weight.toLocaleString('en')} events of a flood
        </DescriptionItem>
      ) : null}
      {event.deliveries > 1 ? (
        <DescriptionItem label="Deliveries">{event.deliveries.toLocaleString('en')}</DescriptionItem>
      ) : null}
    </>
  );
}

function What({ event, detail }: { event: DetectionDto; detail: DetectionDetailDto | undefined }) {
  return (
    <DescriptionList>
      <When event={event} />
      <Fact label="Rule" filterKey="rule" value={event.rule} />
      <Fact label="Host" filterKey="host" value={event.host} />
      <Fact label="Namespace" filterKey="namespace" value={event.namespace} />
      <Fact label="From" filterKey="kind" value={event.kind}>
        {kindWords(event.kind)}
      </Fact>
      <Fact label="Source" filterKey="source" value={event.source} />
      <Fact label="Priority" value={event.priorityGiven ?? event.priority} />
      <DescriptionItem label="Severity">
        <span className="flex flex-col gap-0.5">
          <Severity level={event.severity} />
          <span className="text-muted">{event.severitySteps.map(stepWords).join('; ')}</span>
        </span>
      </DescriptionItem>
      <DescriptionItem label="Sent by">
        {event.sender.label}
        {detail ? (
          <>
            {' · '}
            <Link
              href={`/audit?open=${detail.auditEventId}`}
              prefetch={false}
              className="text-accent-text underline"
            >
              receipt in the audit log
            </Link>
          </>
        ) : null}
      </DescriptionItem>
      {event.alert ? <Fact label="Fingerprint" value={event.alert.fingerprint} mono /> : null}
    </DescriptionList>
  );
}

function EventBody({ event: loaded }: { event: DetectionDto }) {
  const query = useQuery(eventQuery(loaded.id));
  const detail = query.data;
  const event = detail?.detection ?? loaded;
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center gap-3">
        <Severity level={event.severity} />
        {event.alert ? <AlertState alert={event.alert} look="pill" /> : null}
        {event.exception ? <Badge>expected</Badge> : null}
        {event.isTest ? <Badge>test</Badge> : null}
      </div>
      {event.marks.map((mark) => (
        <Callout key={mark} tone="warning">
          {markWords(mark)}.
        </Callout>
      ))}
      <Part title="Output">
        <CodeBlock code={visibleText(event.output)} copyLabel="Copy output" wrap />
      </Part>
      <What event={event} detail={detail} />
      <QueryProblem queries={[query]} title="Could not load the event" />
      {query.isPending ? <SkeletonLines lines={8} label="Loading the event" /> : null}
      {detail ? (
        <>
          {detail.processes.length > 0 ? (
            <Part title="Process tree">
              <ProcessTree processes={detail.processes} />
            </Part>
          ) : null}
          <Techniques group={detail.group} />
          <Fields fields={detail.fields} />
          {detail.tags.length > 0 ? (
            <Part title="Tags">
              <p className="flex flex-wrap gap-1.5">
                {detail.tags.map((tag) => (
                  <Badge key={tag} mono>
                    {visibleText(tag)}
                  </Badge>
                ))}
              </p>
            </Part>
          ) : null}
          <Raw raw={detail.raw} />
        </>
      ) : null}
    </div>
  );
}

/** An event beside the list: everything that was received of it. */
export function eventPeek(
  event: DetectionDto,
  { canWrite, onExpect }: { canWrite: boolean; onExpect: (event: DetectionDto) => void },
): PeekContent {
  return {
    title: visibleText(event.rule),
    description: event.host ? visibleText(event.host) : kindWords(event.kind),
    body: <EventBody key={event.id} event={event} />,
    footer: (
      <>
        <ButtonLink href={`/detections?from=now-400d&q=state:any&open=${event.groupId}`}>
          Open its group
        </ButtonLink>
        <CopyButton
          showLabel
          variant="secondary"
          label="Copy as JSON"
          value={JSON.stringify(event, null, 2)}
        />
        {canWrite && event.exception === null && !event.isTest ? (
          <Button variant="primary" onClick={() => onExpect(event)}>
            This is expected…
          </Button>
        ) : null}
      </>
    ),
  };
}
