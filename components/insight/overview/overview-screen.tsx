'use client';

import { useQuery } from '@tanstack/react-query';
import { CheckCircle2, CircleAlert, CircleHelp, Info, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { ApiError } from '@/components/shell/api-client';
import { ButtonLink } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Figure, FigureGrid, Panel } from '@/components/ui/panel';
import { Countdown, Time } from '@/components/ui/time';
import type { OverviewDto } from '@/lib/insight/overview/contract';
import type { Level, StandingDto, StandingItemDto } from '@/lib/platform/facts/contract';
import { overviewQuery } from './overview.queries';
import { deniedDetail, formatCount } from './overview-words';
import { SetupSteps } from './setup-steps';

const LEVELS: Record<Level, { icon: typeof Info; word: string; className: string }> = {
  danger: { icon: CircleAlert, word: 'Act now', className: 'text-danger-text' },
  warning: { icon: TriangleAlert, word: 'Soon', className: 'text-warning-text' },
  unknown: { icon: CircleHelp, word: 'Unknown', className: 'text-warning-text' },
  info: { icon: Info, word: 'Consider', className: 'text-info-text' },
};

/** The first names, and how many more there are. */
function Names({ item }: { item: StandingItemDto }) {
  if (item.names.length === 0) return null;
  const more = item.count - item.names.length;
  return (
    <span className="break-words text-sm">
      {item.names.join(', ')}
      {more > 0 ? <span className="text-muted"> and {more.toLocaleString('en')} more</span> : null}
    </span>
  );
}

function StandingRow({ item }: { item: StandingItemDto }) {
  const level = LEVELS[item.level];
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 border-line border-t px-4 py-3 first:border-t-0">
      <span
        className={cn('flex w-20 shrink-0 items-center gap-1.5 pt-px text-sm font-medium', level.className)}
      >
        <level.icon aria-hidden />
        {level.word}
      </span>
      <div className="flex min-w-0 flex-1 basis-60 flex-col gap-0.5">
        <span className="font-medium">{item.text}</span>
        <Names item={item} />
        <span className="text-sm text-muted">
          {item.remedy}
          {item.until ? (
            <>
              {' '}
              {item.count > 1 ? 'The first ends in ' : 'Ends in '}
              <Countdown to={item.until} done="a moment" />.
            </>
          ) : item.since ? (
            <>
              {' '}
              Since <Time value={item.since} mode="relative" />.
            </>
          ) : null}
        </span>
      </div>
      <ButtonLink href={item.href} size="sm" prefetch={false}>
        {item.action}
      </ButtonLink>
    </li>
  );
}

function Standing({ standing }: { standing: StandingDto }) {
  if (standing.items.length === 0) {
    return (
      <Panel className="flex items-center gap-3 px-4 py-3 text-muted">
        <CheckCircle2 aria-hidden className="text-success" />
        Nothing fails, is held, awaits somebody or is unknown.
      </Panel>
    );
  }
  return (
    <Panel>
      <ul>
        {standing.items.map((item) => (
          <StandingRow key={item.key} item={item} />
        ))}
      </ul>
    </Panel>
  );
}

function FigureLink({
  href,
  label,
  value,
  detail,
}: {
  href: string;
  label: string;
  value: string;
  detail: React.ReactNode;
}) {
  return (
    <Link
      href={href}
      prefetch={false}
      className="min-w-0 transition-colors hover:bg-hover focus-visible:relative focus-visible:z-10"
    >
      <Figure label={label} value={value} detail={detail} />
    </Link>
  );
}

function Figures({ data }: { data: OverviewDto }) {
  const { allowed, refused, undecided } = data.decisions24h;
  const last = data.lastDecisionAt;
  const lastText = last ? (
    <>
      last <Time value={last} mode="relative" />
    </>
  ) : (
    'no requests yet'
  );
  return (
    <FigureGrid>
      <FigureLink
        href={allowed.href}
        label="Requests allowed"
        value={formatCount(allowed)}
        detail={lastText}
      />
      <FigureLink
        href={refused.href}
        label="Requests denied"
        value={formatCount(refused)}
        detail={deniedDetail(data.decisions24h)}
      />
      {undecided.count > 0 ? (
        <FigureLink
          href={undecided.href}
          label="Requests not decided"
          value={formatCount(undecided)}
          detail="answered 503"
        />
      ) : null}
      <FigureLink
        href={data.signInFailures24h.href}
        label="Failed sign-ins"
        value={formatCount(data.signInFailures24h)}
        detail="by people, not services"
      />
      <FigureLink
        href={data.liveKeys.href}
        label="Active keys"
        value={formatCount(data.liveKeys)}
        detail="not revoked, disabled or expired"
      />
    </FigureGrid>
  );
}

export function OverviewScreen({
  initial,
  gateUrl,
  canWriteKeys,
}: {
  initial: OverviewDto;
  gateUrl: string;
  canWriteKeys: boolean;
}) {
  const query = useQuery({ ...overviewQuery, initialData: initial });
  const { data, error } = query;
  const isSetUp = data.steps.every((step) => step.doneAt !== null);
  const isUrgent = data.standing.level === 'danger' || data.standing.level === 'warning';
  const setup = isSetUp ? null : <SetupSteps steps={data.steps} gateUrl={gateUrl} />;
  return (
    <PageBody width="read">
      <PageHeader
        title="Overview"
        status={data.standing.headline}
        actions={
          canWriteKeys ? (
            <ButtonLink href="/keys/new" variant={isSetUp ? 'primary' : 'secondary'}>
              Create key
            </ButtonLink>
          ) : null
        }
      />
      {error ? (
        <ErrorState
          title="Could not refresh these numbers"
          onRetry={() => query.refetch()}
          retrying={query.isFetching}
          requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        >
          {error.message}
        </ErrorState>
      ) : null}
      {isUrgent ? null : setup}
      <PageSection title="Needs attention">
        <Standing standing={data.standing} />
      </PageSection>
      <PageSection title="Last 24 hours" description="Select a number to see the events behind it.">
        <Figures data={data} />
      </PageSection>
      {isUrgent ? setup : null}
    </PageBody>
  );
}
