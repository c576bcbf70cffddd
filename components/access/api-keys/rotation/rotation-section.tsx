'use client';

import { useQuery } from '@tanstack/react-query';
import { Download, Play, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { keyKeys } from '@/components/access/api-keys/api-keys.queries';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CodeBlock } from '@/components/ui/code-block';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { DELIVERIES, type KeyRotationDto, type RotationDto } from '@/lib/access/api-keys/rotation-contract';
import { RotationSettingsDialog } from './rotation-settings-dialog';
import { RotationTimeline } from './rotation-timeline';
import { graceLabels, scheduleText, unusedText } from './rotation-words';

const POLL_MS = 10_000;

/** How a key rotates by itself, what is under way, and every secret it had. */
export function RotationSection({ keyDto, canWrite }: { keyDto: KeyDto; canWrite: boolean }) {
  const [isEditing, setEditing] = useState(false);
  const rotation = useQuery({
    queryKey: [...keyKeys.detail(keyDto.id), 'rotation'],
    queryFn: ({ signal }) => apiFetch<KeyRotationDto>(`/keys/${keyDto.id}/rotation`, { signal }),
    refetchInterval: POLL_MS,
  });
  const start = useAction<void>({
    run: () => apiFetch(`/keys/${keyDto.id}/rotation/start`, { method: 'POST' }),
    refresh: [keyKeys.detail(keyDto.id)],
    done: () => ({ title: 'Rotation started' }),
    failed: 'Could not start the rotation',
  });
  const { data } = rotation;
  const isLive = canWrite && keyDto.revokedAt === null;
  return (
    <>
      <PageSection
        title="Automatic rotation"
        actions={
          isLive && data ? (
            <>
              {data.open ? null : (
                <Button size="sm" loading={start.isPending} onClick={() => start.mutate()}>
                  <Play aria-hidden />
                  Start rotation
                </Button>
              )}
              <Button size="sm" onClick={() => setEditing(true)}>
                <SlidersHorizontal aria-hidden />
                Change
              </Button>
            </>
          ) : null
        }
      >
        <QueryProblem queries={[rotation]} title="Could not load the rotation" />
        {rotation.isPending ? <SkeletonLines lines={5} label="Loading the rotation" /> : null}
        {data ? <RotationFacts rotation={data} keyName={keyDto.name} /> : null}
      </PageSection>
      {data ? (
        <PageSection title="Timeline" description="Every secret of the key, newest first.">
          <RotationTimeline entries={data.timeline} />
        </PageSection>
      ) : null}
      {data && isEditing ? (
        <RotationSettingsDialog rotation={data} onClose={() => setEditing(false)} />
      ) : null}
    </>
  );
}

function RotationFacts({ rotation, keyName }: { rotation: KeyRotationDto; keyName: string }) {
  const { rules, timeZone, open, publicKey, fileName } = rotation;
  return (
    <Panel className="flex flex-col gap-4 p-4">
      {open ? <OpenRotation rotation={open} keyName={keyName} /> : null}
      <DescriptionList>
        <DescriptionItem label="Schedule">{scheduleText(rules, timeZone)}</DescriptionItem>
        <DescriptionItem label="Next">
          {open ? (
            'After the current rotation'
          ) : rotation.notBefore ? (
            <Time value={rotation.notBefore} precision="minute" />
          ) : (
            rotation.idleReason
          )}
        </DescriptionItem>
        <DescriptionItem label="New secret">
          {DELIVERIES[rotation.delivery]}
          {rotation.delivery === rules.delivery ? null : (
            <span className="block text-muted">
              The policy uses a different delivery method. Set up this key for it, or choose a method for this
              key.
            </span>
          )}
        </DescriptionItem>
        <DescriptionItem label="Grace">{graceLabels[rules.grace]}</DescriptionItem>
        <DescriptionItem label="If not used">{unusedText(rules)}</DescriptionItem>
        {publicKey ? (
          <DescriptionItem label="Public key">
            {publicKey.kind}, <CopyText value={publicKey.thumbprint} label="Copy the thumbprint" />
          </DescriptionItem>
        ) : null}
        {fileName ? (
          <DescriptionItem label="File" mono>
            {fileName}
          </DescriptionItem>
        ) : null}
      </DescriptionList>
    </Panel>
  );
}

function waitingFor(rotation: RotationDto): string {
  if (rotation.state === 'delivered') return 'The new secret was delivered and has not been used yet.';
  const waits: Record<RotationDto['delivery'], string> = {
    pull: 'The service has not fetched the new secret yet.',
    jwe: 'The new secret is being encrypted.',
    file: 'The new secret is being written.',
    console: 'Someone must rotate the key here and deploy the new secret to the service.',
  };
  return waits[rotation.delivery];
}

function OpenRotation({ rotation, keyName }: { rotation: RotationDto; keyName: string }) {
  const { ciphertext, problem } = rotation;
  return (
    <div className="flex flex-col gap-3">
      <Callout tone={rotation.escalatedAt || problem ? 'warning' : 'info'} title="Rotation in progress">
        {waitingFor(rotation)} {problem ? `${problem} ` : ''}
        {rotation.onUnused === 'strict' ? 'The old secret ends at ' : 'Its owner is reminded at '}
        <Time value={rotation.deadlineAt} precision="minute" />.
      </Callout>
      {ciphertext ? (
        <>
          <CodeBlock
            code={ciphertext}
            caption="New secret, encrypted to its owner (JWE)"
            copyLabel="Copy JWE"
            wrap
          />
          <a
            className="inline-flex items-center gap-1.5 text-sm text-accent-text underline-offset-2 hover:underline"
            href={`data:application/jose,${encodeURIComponent(ciphertext)}`}
            download={`${keyName}.jwe`}
          >
            <Download aria-hidden />
            Download
          </a>
        </>
      ) : null}
    </div>
  );
}
