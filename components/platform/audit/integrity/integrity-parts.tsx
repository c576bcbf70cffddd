import { CopyButton } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { PageSection } from '@/components/ui/page-header';
import { Figure, FigureGrid, Panel } from '@/components/ui/panel';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { IntegrityDto } from '@/lib/platform/sealing/contract';
import { leavesText } from './integrity-words';

function lagDetail({ pending }: IntegrityDto) {
  if (pending.oldestAt === null) return 'All events are sealed';
  return (
    <>
      Oldest from <Time value={pending.oldestAt} mode="relative" />
    </>
  );
}

export function Figures({ data }: { data: IntegrityDto }) {
  const { log, pending, installation, witness } = data;
  return (
    <FigureGrid>
      <Figure
        label="Sealed events"
        value={log ? log.size.toLocaleString('en') : '–'}
        detail={log?.sealedAt ? <Time value={log.sealedAt} mode="relative" /> : 'None yet'}
      />
      <Figure
        label="Waiting"
        value={`${pending.count.toLocaleString('en')}${pending.isMore ? '+' : ''}`}
        detail={lagDetail(data)}
      />
      <Figure
        label="Last checkpoint"
        value={installation?.signedAt ? <Time value={installation.signedAt} mode="relative" /> : '–'}
        detail={installation?.signedAt ? 'Signed' : 'Not signed'}
      />
      <Figure
        label="Last witnessed"
        value={witness?.witnessedAt ? <Time value={witness.witnessedAt} mode="relative" /> : '–'}
        detail={witness ? `${witness.witnesses.length} configured` : 'No witness configured'}
      />
    </FigureGrid>
  );
}

export function LogFacts({ data: { log, checkpoint, installation, erased } }: { data: IntegrityDto }) {
  if (!log) return null;
  return (
    <PageSection title="Log">
      <DescriptionList>
        <DescriptionItem label="Origin" mono>
          {log.origin}
        </DescriptionItem>
        <DescriptionItem label="Checkpoint">
          {checkpoint ? (
            <span className="flex flex-wrap items-center gap-x-2">
              {leavesText(checkpoint.size)}
              <code className="break-all text-xs">{checkpoint.root}</code>
              <CopyButton label="Copy root hash" value={checkpoint.root} />
            </span>
          ) : (
            'None yet'
          )}
        </DescriptionItem>
        <DescriptionItem label="In the log of">
          {installation ? `${installation.origin}, ${leavesText(installation.size)}` : 'Not published yet'}
        </DescriptionItem>
        <DescriptionItem label="Sealing since">
          <Time value={log.openedAt} />
        </DescriptionItem>
        {log.firstPass === 0 ? null : (
          <DescriptionItem label="Before that">
            {log.firstPass === null
              ? 'Events from before are being sealed'
              : `${leavesText(log.firstPass)}: unchanged since sealing began`}
          </DescriptionItem>
        )}
        <DescriptionItem label="Erased">
          {erased === 0
            ? 'No events with erased fields'
            : `${erased.toLocaleString('en')} events with erased fields`}
        </DescriptionItem>
      </DescriptionList>
    </PageSection>
  );
}

type Witness = NonNullable<IntegrityDto['witness']>['witnesses'][number];

function WitnessRow({ witness }: { witness: Witness }) {
  const { name, url, size, cosignedAt, problem, isRefusal } = witness;
  return (
    <li className="flex flex-col gap-1 border-line border-t px-4 py-3 first:border-t-0">
      <span className="flex flex-wrap items-center justify-between gap-x-4">
        <span className="font-medium">{name}</span>
        <Status tone={isRefusal ? 'danger' : problem ? 'warning' : cosignedAt ? 'success' : 'neutral'}>
          {isRefusal ? 'Refuses' : problem ? 'Not reachable' : cosignedAt ? 'Cosigned' : 'Not asked yet'}
        </Status>
      </span>
      {url ? <span className="break-all font-mono text-muted text-xs">{url}</span> : null}
      {problem ? <span className="text-sm">{problem}</span> : null}
      {cosignedAt ? (
        <span className="text-muted text-sm">
          {`${size.toLocaleString('en')} entries `}
          <Time value={cosignedAt} />
        </span>
      ) : null}
    </li>
  );
}

export function Witnesses({ data: { witness } }: { data: IntegrityDto }) {
  if (!witness || witness.witnesses.length === 0) return null;
  return (
    <PageSection title="Witnesses">
      <Panel>
        <ul>
          {witness.witnesses.map((each) => (
            <WitnessRow key={each.name} witness={each} />
          ))}
        </ul>
      </Panel>
    </PageSection>
  );
}

type Incarnation = IntegrityDto['incarnations'][number];

/** The last leaf that is lost is one before the end of the range. */
function lostText({ lost }: NonNullable<Incarnation['restored']>) {
  if (lost === null) return 'Leaves may be lost: nothing outside the database kept the size of this tree.';
  return `Lost: ${lost
    .map(
      ({ origin, from, to }) =>
        `leaves ${from.toLocaleString('en')} to ${(to - 1).toLocaleString('en')} of ${origin}`,
    )
    .join('; ')}.`;
}

export function Incarnations({ data: { incarnations } }: { data: IntegrityDto }) {
  if (incarnations.length < 2) return null;
  return (
    <PageSection
      title="Incarnations"
      description="A database that was restored from a backup goes on under a new origin."
    >
      <Panel>
        <ul>
          {incarnations.map(({ origin, size, openedAt, restored }) => (
            <li key={origin} className="flex flex-col gap-1 border-line border-t px-4 py-3 first:border-t-0">
              <span className="break-all font-mono text-sm">{origin}</span>
              <span className="text-muted text-sm">
                {`${leavesText(size)}, since `}
                <Time value={openedAt} />
              </span>
              {restored ? (
                <span className="text-sm">{`${lostText(restored)} Found by ${restored.source}.`}</span>
              ) : null}
            </li>
          ))}
        </ul>
      </Panel>
    </PageSection>
  );
}

export function Retired({ data: { retired } }: { data: IntegrityDto }) {
  if (retired.length === 0) return null;
  return (
    <PageSection
      title="Retired"
      description="Events that a policy removed. Their hashes stay, so proofs of others hold."
    >
      <Panel>
        <ul>
          {retired.map(({ from, to, leaves, requestedBy, approvedBy, retiredAt }) => (
            <li key={from} className="flex flex-col gap-1 border-line border-t px-4 py-3 first:border-t-0">
              <span>
                <Time value={from} /> to <Time value={to} />
              </span>
              <span className="text-muted text-sm">
                {`${leavesText(leaves)}, requested by ${requestedBy}, approved by ${approvedBy}, `}
                <Time value={retiredAt} />
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </PageSection>
  );
}
