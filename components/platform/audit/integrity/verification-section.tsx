import { CodeBlock } from '@/components/ui/code-block';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { FAULTS, type Fault, type IntegrityDto } from '@/lib/platform/sealing/contract';

const FAULTS_SHOWN = 20;

function FaultRow({ fault }: { fault: Fault }) {
  return (
    <li className="flex flex-col gap-1 border-line border-t px-4 py-3 first:border-t-0">
      <span className="flex flex-wrap items-center gap-x-3">
        <Status tone="danger">{FAULTS[fault.kind].label}</Status>
        {fault.index === null ? null : (
          <span className="text-muted text-sm">{`Leaf ${fault.index.toLocaleString('en')}`}</span>
        )}
      </span>
      <span className="break-words text-sm">{fault.message}</span>
    </li>
  );
}

type Verification = NonNullable<IntegrityDto['verification']>;

function Faults({ report }: { report: NonNullable<Verification['report']> }) {
  if (report.faultCount === 0) return null;
  const shown = report.faults.slice(0, FAULTS_SHOWN);
  const more = report.faultCount - shown.length;
  return (
    <>
      <Panel>
        <ul>
          {shown.map((fault) => (
            <FaultRow key={`${fault.kind} ${fault.origin} ${fault.index} ${fault.message}`} fault={fault} />
          ))}
        </ul>
      </Panel>
      {more > 0 ? (
        <p className="text-muted text-sm">{`${more.toLocaleString('en')} more. The command below lists them all.`}</p>
      ) : null}
    </>
  );
}

function Result({ verification }: { verification: Verification }) {
  const { state, startedBy, finishedAt, report } = verification;
  return (
    <>
      <DescriptionList>
        <DescriptionItem label="Result">
          {state === 'verified' ? (
            <Status tone="success">Verified</Status>
          ) : (
            <Status tone="danger">{`${report?.faultCount ?? 0} ${report?.faultCount === 1 ? 'fault' : 'faults'}`}</Status>
          )}
        </DescriptionItem>
        <DescriptionItem label="Finished">
          <Time value={finishedAt} />
        </DescriptionItem>
        <DescriptionItem label="Started by">{startedBy}</DescriptionItem>
        {report ? (
          <>
            <DescriptionItem label="Compared">
              {`${report.rows.toLocaleString('en')} events with ${report.leaves.toLocaleString('en')} leaves in ${report.seconds.toFixed(1)} s`}
            </DescriptionItem>
            <DescriptionItem label="Keys from">{report.keysFrom}</DescriptionItem>
            {report.late.count > 0 ? (
              <DescriptionItem label="Sealed late">
                {`${report.late.count.toLocaleString('en')} events, more than an hour after their time`}
              </DescriptionItem>
            ) : null}
          </>
        ) : null}
      </DescriptionList>
      {report ? <Faults report={report} /> : null}
    </>
  );
}

/** The last verification with what it found, and how to make one oneself. */
export function VerificationSection({ data: { verification, running } }: { data: IntegrityDto }) {
  return (
    <PageSection
      title="Verification"
      description="The worker compares every event with its leaf each night. Run it yourself on the worker's host:"
    >
      <CodeBlock code="bulwark audit verify" />
      {running ? (
        <p className="text-sm">
          {`A verification by ${running.startedBy} has been running since `}
          <Time value={running.startedAt} mode="relative" />
          {running.leaves > 0 ? `, ${running.leaves.toLocaleString('en')} leaves so far.` : '.'}
        </p>
      ) : null}
      {verification ? (
        <Result verification={verification} />
      ) : (
        <Status tone="neutral">Not verified yet</Status>
      )}
    </PageSection>
  );
}
