'use client';

import { useQuery } from '@tanstack/react-query';
import { CheckCircle2, CircleAlert, Info, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { ApiError } from '@/components/shell/api-client';
import { ButtonLink } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Figure, FigureGrid, Panel } from '@/components/ui/panel';
import { Countdown, Time } from '@/components/ui/time';
import type { AttentionDto, OverviewDto } from '@/lib/insight/overview/contract';
import { overviewQuery } from './overview.queries';
import { attentionText, formatCount, overviewStatus } from './overview-words';
import { SetupSteps } from './setup-steps';

const TONES = {
  danger: { icon: CircleAlert, word: 'Act now', className: 'text-danger-text' },
  warning: { icon: TriangleAlert, word: 'Soon', className: 'text-warning-text' },
  info: { icon: Info, word: 'Consider', className: 'text-info-text' },
};

function AttentionRow({ item }: { item: AttentionDto }) {
  const text = attentionText(item);
  const tone = TONES[text.tone];
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 border-line border-t px-4 py-3 first:border-t-0">
      <span
        className={cn('flex w-20 shrink-0 items-center gap-1.5 pt-px text-sm font-medium', tone.className)}
      >
        <tone.icon aria-hidden />
        {tone.word}
      </span>
      <div className="flex min-w-0 flex-1 basis-60 flex-col gap-0.5">
        <span className="font-medium">{text.title}</span>
        <span className="text-sm text-muted">
          {text.remedy}
          {item.until ? (
            <>
              {' '}
              Ends in <Countdown to={item.until} done="a moment" />.
            </>
          ) : item.since ? (
            <>
              {' '}
              Since <Time value={item.since} mode="relative" />.
            </>
          ) : null}
        </span>
      </div>
      <ButtonLink href={text.href} size="sm">
        {text.action}
      </ButtonLink>
    </li>
  );
}

function Attention({ items }: { items: readonly AttentionDto[] }) {
  if (items.length === 0) {
    return (
      <Panel className="flex items-center gap-3 px-4 py-3 text-muted">
        <CheckCircle2 aria-hidden className="text-success" />
        No keys are expiring, no rotations are stuck, and the worker is running.
      </Panel>
    );
  }
  return (
    <Panel>
      <ul>
        {items.map((item) => (
          <AttentionRow key={item.kind} item={item} />
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
  const last = data.lastDecisionAt;
  return (
    <FigureGrid>
      <FigureLink
        href="/audit?category=decision&outcome=success"
        label="Requests allowed"
        value={formatCount(data.decisions24h.allowed)}
        detail={
          last ? (
            <>
              last <Time value={last} mode="relative" />
            </>
          ) : (
            'no requests yet'
          )
        }
      />
      <FigureLink
        href="/audit?category=decision&outcome=denied"
        label="Requests denied"
        value={formatCount(data.decisions24h.refused)}
        detail="by key checks, blocks, routes or rate limits"
      />
      <FigureLink
        href="/audit?action=auth.sign_in_failed"
        label="Failed sign-ins"
        value={formatCount(data.signInFailures24h)}
        detail="by people, not services"
      />
      <FigureLink
        href="/keys"
        label="Active keys"
        value={formatCount({ count: data.liveKeys, capped: false })}
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
  const isUrgent = data.attention.some((item) => attentionText(item).tone !== 'info');
  const setup = isSetUp ? null : <SetupSteps steps={data.steps} gateUrl={gateUrl} />;
  return (
    <PageBody width="read">
      <PageHeader
        title="Overview"
        status={overviewStatus(data.attention)}
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
        <Attention items={data.attention} />
      </PageSection>
      <PageSection title="Last 24 hours" description="Select a number to see the events behind it.">
        <Figures data={data} />
      </PageSection>
      {isUrgent ? setup : null}
    </PageBody>
  );
}
