'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { SparkBars } from '@/components/charts/spark-bars';
import { FilterValue } from '@/components/data-table/filter-value';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import { visibleText } from '@/components/ui/visible-text';
import { ENTITY_TYPES } from '@/lib/response/detections/contract';
import type { EntityDto, GroupDetailDto, GroupDto } from '@/lib/response/detections/view-contract';
import { Fact, Part } from './detection-parts';
import { AlertState, countWords, kindWords } from './detection-words';
import { groupEventsQuery } from './detections.queries';

const EVENTS_SHOWN = 5;

/** How often, how much of it is kept, and what of it is not in the number. */
export function GroupCounts({ group }: { group: GroupDto }) {
  const { count, kept, summarized, duplicates, expected, episode, episodeCount, episodeStartedAt } = group;
  return (
    <DescriptionList>
      <DescriptionItem label="Events">
        {count.toLocaleString('en')}
        {summarized > 0 ? (
          <span className="text-muted">
            {' '}
            ({kept.toLocaleString('en')} kept, {summarized.toLocaleString('en')} summarized)
          </span>
        ) : null}
      </DescriptionItem>
      {duplicates > 0 ? (
        <DescriptionItem label="Sent again">
          {countWords(duplicates, 'copy', 'copies')}, not counted
        </DescriptionItem>
      ) : null}
      {expected > 0 ? (
        <DescriptionItem label="Expected">
          {expected.toLocaleString('en')} covered by an exception
        </DescriptionItem>
      ) : null}
      <DescriptionItem label="First">
        <Time value={group.firstReceivedAt} />
      </DescriptionItem>
      <DescriptionItem label="Last">
        <Time value={group.lastReceivedAt} />
      </DescriptionItem>
      {episode > 1 ? (
        <DescriptionItem label="Returned">
          {episode === 2 ? 'Once' : `${episode - 1} times`}; this time{' '}
          {countWords(episodeCount, 'event', 'events')} since <Time value={episodeStartedAt} />
        </DescriptionItem>
      ) : null}
    </DescriptionList>
  );
}

export function GroupFacts({ group }: { group: GroupDto }) {
  const { scope, kind, source, priority, maturity, note, triagedBy, triagedAt } = group;
  return (
    <DescriptionList>
      <Fact label="Rule" filterKey="rule" value={group.rule} />
      <Fact label="From" filterKey="kind" value={kind}>
        {kindWords(kind)}
      </Fact>
      {kind === 'falco' ? <Fact label="Source" filterKey="source" value={source} /> : null}
      <Fact label={kind === 'falco' ? 'Priority' : 'Label'} value={priority} />
      {kind === 'falco' ? <Fact label="Maturity" value={maturity} /> : null}
      {scope.namespace ? <Fact label="Namespace" filterKey="namespace" value={scope.namespace} /> : null}
      {scope.workload ? <Fact label="Workload" value={scope.workload} /> : null}
      {scope.container ? <Fact label="Container" value={scope.container} /> : null}
      {scope.image ? <Fact label="Image" value={scope.image} mono /> : null}
      {triagedBy ? (
        <DescriptionItem label="Triaged">
          {triagedBy}
          {triagedAt ? (
            <>
              , <Time value={triagedAt} />
            </>
          ) : null}
        </DescriptionItem>
      ) : null}
      {note ? (
        <DescriptionItem label="Note">
          <span className="break-words whitespace-pre-wrap">{note}</span>
        </DescriptionItem>
      ) : null}
    </DescriptionList>
  );
}

export function Techniques({ group: { techniques, tactics } }: { group: GroupDto }) {
  if (techniques.length === 0) return null;
  return (
    <Part title="ATT&CK">
      <ul className="flex flex-col gap-1 text-sm">
        {techniques.map(({ id, name }) => (
          <li key={id}>
            <FilterValue filterKey="technique" value={id}>
              <code className="text-xs">{id}</code> {name ?? 'Unknown technique'}
            </FilterValue>
          </li>
        ))}
      </ul>
      {tactics.length > 0 ? (
        <p className="text-muted text-sm">{tactics.map((one) => one.replaceAll('_', ' ')).join(', ')}</p>
      ) : null}
    </Part>
  );
}

export function Hosts({ group: { hosts, hasMoreHosts } }: { group: GroupDto }) {
  if (hosts.length === 0) return null;
  return (
    <Part title={`Hosts (${hasMoreHosts ? 'at least ' : ''}${hosts.length})`}>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {hosts.map((host) => (
          <li key={host}>
            <FilterValue filterKey="host" value={host}>
              {visibleText(host)}
            </FilterValue>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** What the console can do about it, where it owns the thing. */
function entityLink({ type, value }: EntityDto, canBlock: boolean) {
  if (type === 'address' && canBlock)
    return { href: `/policies/blocks?block=ip:${encodeURIComponent(value)}`, label: 'Block' };
  if (type === 'key') return { href: `/keys?q=${encodeURIComponent(value)}`, label: 'Open key' };
  return null;
}

function Entities({ entities, canBlock }: { entities: readonly EntityDto[]; canBlock: boolean }) {
  if (entities.length === 0) return null;
  return (
    <Part title="Named in its events">
      <ul className="flex flex-col divide-y divide-line rounded-md border border-line text-sm">
        {entities.map((entity) => {
          const link = entityLink(entity, canBlock);
          return (
            <li key={`${entity.type} ${entity.value}`} className="flex items-center gap-3 px-3 py-1.5">
              <span className="w-24 shrink-0 text-faint">{ENTITY_TYPES[entity.type]}</span>
              <span className="min-w-0 flex-1">
                <FilterValue filterKey="entity" value={`${entity.type}:${entity.value}`}>
                  <code className="text-xs break-all">{visibleText(entity.value)}</code>
                </FilterValue>
              </span>
              <span className="shrink-0 text-faint text-xs">{entity.count.toLocaleString('en')}×</span>
              {link ? (
                <ButtonLink href={link.href} size="sm" variant="ghost">
                  {link.label}
                </ButtonLink>
              ) : null}
            </li>
          );
        })}
      </ul>
    </Part>
  );
}

function Differing({ differing }: Pick<GroupDetailDto, 'differing'>) {
  if (differing.length === 0) return null;
  return (
    <Part title="What differs between its events">
      <DescriptionList>
        {differing.map(({ name, values, hasMore }) => (
          <DescriptionItem key={name} label={<code className="text-xs break-all">{visibleText(name)}</code>}>
            <span className="flex flex-col gap-0.5">
              {values.map((value) => (
                <code key={value} className="line-clamp-2 text-xs break-all">
                  {visibleText(value)}
                </code>
              ))}
              {hasMore ? <span className="text-faint">and others</span> : null}
            </span>
          </DescriptionItem>
        ))}
      </DescriptionList>
    </Part>
  );
}

function Rate({ minutes, group }: { minutes: readonly number[]; group: GroupDto }) {
  const total = minutes.reduce((sum, one) => sum + one, 0);
  if (total === 0) return null;
  const most = Math.max(...minutes);
  return (
    <Part title="Last 60 minutes">
      <div className="flex items-center gap-4 text-sm">
        <SparkBars
          label={`${total} events in 60 minutes, most ${most} in one minute`}
          values={minutes}
          errors={group.state === 'open' ? minutes : []}
        />
        <span className="text-muted">
          {countWords(total, 'event', 'events')}, at most {most.toLocaleString('en')} a minute
        </span>
      </div>
    </Part>
  );
}

function Latest({ group }: { group: GroupDto }) {
  const { data } = useQuery(groupEventsQuery(group.id, EVENTS_SHOWN));
  if (!data) return <SkeletonLines lines={3} label="Loading events" />;
  if (data.items.length === 0)
    return (
      <Part title="Newest events">
        <p className="text-muted text-sm">None is kept any more. The counts stay.</p>
      </Part>
    );
  return (
    <Part title={group.kind === 'falco' ? 'Newest events kept' : 'Newest alerts'}>
      <ul className="flex flex-col divide-y divide-line rounded-md border border-line text-sm">
        {data.items.map((event) => (
          <li key={event.id}>
            <Link
              href={`/detections/events?from=now-400d&q=group:${group.id}&open=${event.id}`}
              prefetch={false}
              className="flex flex-col gap-0.5 px-3 py-2 hover:bg-hover"
            >
              <span className="flex items-center gap-3 text-xs text-faint">
                <Time value={event.receivedAt} />
                {event.host ? <span className="truncate">{visibleText(event.host)}</span> : null}
                {event.weight > 1 ? <span>stands for {event.weight.toLocaleString('en')}</span> : null}
                {event.alert ? <AlertState alert={event.alert} /> : null}
              </span>
              <span className="line-clamp-2 break-words">{visibleText(event.output)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** What Alertmanager says of the group's alerts. */
export function AlertCounts({ group: { kind, firing, truncated, resolvedAt } }: { group: GroupDto }) {
  if (kind !== 'alertmanager') return null;
  return (
    <>
      <p className="text-sm">
        {firing > 0 ? `${countWords(firing, 'alert fires', 'alerts fire')} now.` : 'No alert fires.'}{' '}
        {resolvedAt ? (
          <>
            Resolved <Time value={resolvedAt} mode="relative" />.
          </>
        ) : null}
      </p>
      {truncated > 0 ? (
        <Callout tone="warning" title={`${truncated} more not sent by Alertmanager`}>
          Its setting max_alerts cut them off. Raise it, or set it to 0.
        </Callout>
      ) : null}
    </>
  );
}

export function GroupDetail({ detail, canBlock }: { detail: GroupDetailDto; canBlock: boolean }) {
  const { group, entities, differing, minutes } = detail;
  return (
    <>
      <Rate minutes={minutes} group={group} />
      <Latest group={group} />
      <Entities entities={entities} canBlock={canBlock} />
      <Differing differing={differing} />
    </>
  );
}
