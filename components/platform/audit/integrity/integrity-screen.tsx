'use client';

import { useQuery } from '@tanstack/react-query';
import { ApiError, apiFetch, apiUrl } from '@/components/shell/api-client';
import { buttonClass } from '@/components/ui/button-class';
import { Callout } from '@/components/ui/callout';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Time } from '@/components/ui/time';
import type { IntegrityDto, LogProblem } from '@/lib/platform/sealing/contract';
import { AuditTabs } from '../audit-tabs';
import { BundleDialog } from './bundle-dialog';
import { Figures, Incarnations, LogFacts, Retired, Witnesses } from './integrity-parts';
import { proofOf } from './integrity-words';
import { VerificationSection } from './verification-section';

const REFETCH_MS = 10_000;

/** Is something wrong, in one sentence. */
function statusOf({ problems, verification, log }: IntegrityDto) {
  const [worst] = problems;
  if (worst)
    return problems.length === 1 ? worst.sentence : `${problems.length} problems. The worst is shown first.`;
  if (!log) return 'Nothing is sealed yet. The worker seals the first events within seconds.';
  if (!verification)
    return 'Events are sealed within seconds. The first verification follows within minutes.';
  return (
    <>
      Events are sealed within seconds. Verified <Time value={verification.finishedAt} mode="relative" />:
      nothing was changed, added, removed or reordered.
    </>
  );
}

function Problem({ problem }: { problem: LogProblem }) {
  return (
    <Callout tone={problem.severity === 'critical' ? 'danger' : 'warning'} title={problem.sentence}>
      {problem.since ? (
        <>
          Since <Time value={problem.since} />.
        </>
      ) : null}
    </Callout>
  );
}

function Downloads() {
  return (
    <>
      <a className={buttonClass({})} href={apiUrl('/audit-log/policy')} download="audit-log-policy.txt">
        Download policy
      </a>
      <a
        className={buttonClass({})}
        href={apiUrl('/audit-log/checkpoint')}
        download="audit-log-checkpoint.txt"
      >
        Download checkpoint
      </a>
      <BundleDialog />
    </>
  );
}

export function IntegrityScreen({ initial, canExport }: { initial: IntegrityDto; canExport: boolean }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['audit-log'],
    queryFn: ({ signal }) => apiFetch<IntegrityDto>('/audit-log', { signal }),
    initialData: initial,
    refetchInterval: REFETCH_MS,
  });
  const proof = proofOf(data);
  return (
    <PageBody width="read">
      <PageHeader
        title="Log integrity"
        status={statusOf(data)}
        actions={canExport && data.checkpoint ? <Downloads /> : null}
        tabs={<AuditTabs current="/audit/integrity" />}
      />
      {error ? (
        <ErrorState
          title="Could not refresh the integrity status"
          onRetry={() => refetch()}
          requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        >
          {error.message}
        </ErrorState>
      ) : null}
      {data.problems.map((problem) => (
        <Problem key={`${problem.code} ${problem.sentence}`} problem={problem} />
      ))}
      <Figures data={data} />
      <PageSection title="What this proves">
        <p className="text-sm">{proof.proves}</p>
        <p className="text-muted text-sm">{proof.doesNot}</p>
      </PageSection>
      <VerificationSection data={data} />
      <LogFacts data={data} />
      <Witnesses data={data} />
      <Incarnations data={data} />
      <Retired data={data} />
    </PageBody>
  );
}
