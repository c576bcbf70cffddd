'use client';

import { useQueryState } from 'nuqs';
import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Severity } from '@/components/ui/severity';
import { Time } from '@/components/ui/time';
import type { FindingDetailDto } from '@/lib/assurance/findings/contract';
import { decisionWords, eventWords, toolWords } from './finding-words';
import { useDecideAcceptance } from './use-decisions';

const PLACES_SHOWN = 10;

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-xs font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

/** The address, where a browser may be led there: http and https, whatever a report claims. */
function webAddress(text: string): string | null {
  const url = URL.parse(text);
  return url && ['http:', 'https:'].includes(url.protocol) ? url.href : null;
}

function Reference({ text }: { text: string }) {
  const href = webAddress(text);
  if (href === null) return <span className="break-all text-muted">{text}</span>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="break-all underline underline-offset-2"
    >
      {text}
    </a>
  );
}

type Sighting = FindingDetailDto['sightings'][number];

function placeOf(occurrence: Sighting['occurrences'][number]): string {
  return Object.entries(occurrence)
    .map(([name, value]) => (name === 'path' ? String(value) : `${name} ${value}`))
    .join(', ');
}

function Seen({ sighting }: { sighting: Sighting }) {
  const [isAll, setAll] = useState(false);
  const places = sighting.occurrences.map(placeOf).filter(Boolean);
  const shown = isAll ? places : places.slice(0, PLACES_SHOWN);
  return (
    <li className="flex flex-col gap-1.5 rounded-md border border-line px-3 py-2 text-sm">
      <span className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-medium">{toolWords(sighting.tool)}</span>
        <code className="text-xs break-all">{sighting.branch}</code>
        {sighting.category ? <span className="break-words text-muted">{sighting.category}</span> : null}
        <span className="ml-auto text-xs text-faint">
          {sighting.goneAt ? (
            <>
              gone <Time value={sighting.goneAt} mode="relative" />
            </>
          ) : (
            <>
              since <Time value={sighting.firstSeenAt} mode="relative" />
            </>
          )}
        </span>
      </span>
      {shown.length > 0 ? (
        <ul className="flex flex-col gap-0.5">
          {shown.map((place, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two places may read the same
            <li key={index}>
              <code className="text-xs break-all">{place}</code>
            </li>
          ))}
        </ul>
      ) : null}
      {places.length > shown.length ? (
        <Button size="sm" variant="ghost" className="self-start" onClick={() => setAll(true)}>
          Show {places.length - shown.length} more locations
        </Button>
      ) : null}
    </li>
  );
}

type Event = FindingDetailDto['events'][number];

function eventDetail({ type, changes }: Event): string | null {
  if (type === 'decided') return decisionWords(String(changes.decision));
  if (type === 'opened' || type === 'reopened' || type === 'changed')
    return changes.severity ? `severity ${String(changes.severity)}` : null;
  return null;
}

function History({ events }: { events: readonly Event[] }) {
  return (
    <ol className="flex flex-col gap-2 text-sm">
      {events.toReversed().map((event) => {
        const detail = eventDetail(event);
        return (
          <li key={event.number} className="flex flex-col">
            <span className="flex flex-wrap items-baseline gap-x-2">
              <span className="font-medium">{eventWords(event.type)}</span>
              {detail ? <span className="text-muted">{detail}</span> : null}
              <span className="ml-auto text-xs text-faint">
                <Time value={event.at} />
              </span>
            </span>
            <span className="break-words text-muted">
              {event.actor}
              {event.reason ? `: ${event.reason}` : ''}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

type Acceptance = FindingDetailDto['acceptances'][number];

const ACCEPTANCE_WORDS: Record<Acceptance['state'], string> = {
  requested: 'Requested',
  approved: 'Approved',
  refused: 'Declined',
  ended: 'Ended',
};

function Asked({ findingId, asked }: { findingId: string; asked: Acceptance }) {
  const verdict = useDecideAcceptance(findingId);
  return (
    <Callout tone="warning" title={`${asked.requestedBy} requests acceptance of this risk`}>
      <div className="flex flex-col gap-2">
        <p className="break-words whitespace-pre-wrap">{asked.reason}</p>
        <p>
          Until <Time value={asked.until} />. Someone other than the requester must approve.
        </p>
        {verdict.error ? (
          <p role="alert" className="text-danger-text">
            {verdict.error.message}
          </p>
        ) : null}
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            loading={verdict.isPending}
            onClick={() => verdict.mutate({ verdict: 'approve' })}
          >
            Approve
          </Button>
          <Button size="sm" loading={verdict.isPending} onClick={() => verdict.mutate({ verdict: 'refuse' })}>
            Refuse
          </Button>
        </div>
      </div>
    </Callout>
  );
}

function Acceptances({ acceptances }: { acceptances: readonly Acceptance[] }) {
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {acceptances.map((one) => (
        <li key={one.id} className="flex flex-col">
          <span className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-medium">{ACCEPTANCE_WORDS[one.state]}</span>
            <span className="text-muted">
              until <Time value={one.until} />
            </span>
          </span>
          <span className="break-words text-muted">
            {one.requestedBy}: {one.reason}
          </span>
          {one.decidedBy ? (
            <span className="break-words text-muted">
              Decided by {one.decidedBy}
              {one.comment ? `: ${one.comment}` : ''}
            </span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function Related({ related }: Pick<FindingDetailDto, 'related'>) {
  const [, setOpen] = useQueryState('open');
  return (
    <ul className="-mx-2 flex flex-col">
      {related.map((one) => (
        <li key={one.id}>
          <button
            type="button"
            onClick={() => void setOpen(one.id)}
            className="flex w-full flex-wrap items-center gap-x-3 rounded-md px-2 py-1.5 text-left text-sm hover:bg-hover"
          >
            <Severity level={one.severity} />
            <span>{toolWords(one.tool)}</span>
            <code className="text-xs break-all">{one.ruleId}</code>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Rating({ detail }: { detail: FindingDetailDto }) {
  const { cvssScore, cvssVector, cwes, isUnrated, isWeak } = detail;
  const words = [
    cvssScore === null ? null : `CVSS ${cvssScore.toFixed(1)}`,
    cvssVector,
    cwes.length > 0 ? cwes.join(', ') : null,
    isUnrated ? 'The scanner reported no severity. Bulwark assumes medium.' : null,
    isWeak
      ? 'The report identifies this finding only by position. If the file changes, it may reappear as a new finding.'
      : null,
  ].filter((text) => text !== null);
  if (words.length === 0) return null;
  return (
    <Part title="Rating">
      <ul className="flex flex-col gap-1 text-sm">
        {words.map((text) => (
          <li key={text} className="break-words">
            {text}
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** Everything of one finding that its row does not hold. All of it is text from reports: nothing is markup. */
export function FindingDetail({ detail, canDecide }: { detail: FindingDetailDto; canDecide: boolean }) {
  const { description, references, sightings, events, acceptances, related, finding } = detail;
  const asked = acceptances.find(({ state }) => state === 'requested');
  return (
    <>
      {asked && canDecide ? <Asked key={asked.id} findingId={finding.id} asked={asked} /> : null}
      {description ? (
        <Part title="Description">
          <p className="max-h-80 overflow-y-auto text-sm break-words whitespace-pre-wrap">{description}</p>
        </Part>
      ) : null}
      <Rating detail={detail} />
      <Part title="Locations">
        <ul className="flex flex-col gap-2">
          {sightings.map((sighting) => (
            <Seen key={`${sighting.tool} ${sighting.category} ${sighting.branch}`} sighting={sighting} />
          ))}
        </ul>
      </Part>
      {references.length > 0 ? (
        <Part title="References">
          <ul className="flex flex-col gap-1 text-sm">
            {[...new Set(references)].map((text) => (
              <li key={text}>
                <Reference text={text} />
              </li>
            ))}
          </ul>
        </Part>
      ) : null}
      {related.length > 0 ? (
        <Part title="Reported by other scanners">
          <Related related={related} />
        </Part>
      ) : null}
      {acceptances.length > 0 ? (
        <Part title="Risk acceptances">
          <Acceptances acceptances={acceptances} />
        </Part>
      ) : null}
      <Part title="History">
        <History events={events} />
      </Part>
    </>
  );
}
