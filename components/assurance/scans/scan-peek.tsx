import Link from 'next/link';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { type FilterClause, serializeFilter } from '@/components/data-table/filter-grammar';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Progress } from '@/components/ui/progress';
import { Severity } from '@/components/ui/severity';
import { Time } from '@/components/ui/time';
import { type FindingStatus, type ScanDto, SEVERITIES } from '@/lib/assurance/findings/contract';
import { HeldDecision } from './held-decision';
import { ScanDiff } from './scan-diff';
import { isUnderWay } from './scan-filter';
import { coverageOf, isIncomplete, ScanStatusMark, sentenceOf, toolNameOf, uploaderOf } from './scan-words';

export interface ScanRights {
  canDecide: boolean;
  canSeeFindings: boolean;
}

const MEGABYTE = 1024 * 1024;

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < MEGABYTE ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

/** The findings of the run's asset, narrowed by more. */
export function findingsHref(scan: ScanDto, more: Readonly<Record<string, string>> = {}): string {
  const clauses: FilterClause[] = Object.entries({ asset: scan.asset.name, ...more }).map(([key, value]) => ({
    key,
    value,
    exclude: false,
  }));
  return `/findings?${new URLSearchParams({ q: serializeFilter(clauses) })}`;
}

const COUNTS: readonly {
  name: keyof NonNullable<ScanDto['counts']>;
  label: string;
  status: FindingStatus;
}[] = [
  { name: 'new', label: 'New', status: 'open' },
  { name: 'reopened', label: 'Came back', status: 'open' },
  { name: 'changed', label: 'Changed', status: 'open' },
  { name: 'unchanged', label: 'Unchanged', status: 'open' },
  { name: 'fixed', label: 'Fixed', status: 'fixed' },
  { name: 'held', label: 'Would be closed', status: 'open' },
];

function Counts({ scan, canSeeFindings }: { scan: ScanDto; canSeeFindings: boolean }) {
  const { counts } = scan;
  if (!counts) return null;
  const shown = COUNTS.filter(({ name }) => name !== 'held' || scan.status === 'held');
  return (
    <section aria-label="Findings of this run" className="flex flex-col gap-2">
      <h3 className="font-medium text-base">Findings</h3>
      <dl className="grid grid-cols-3 gap-px overflow-hidden rounded-md border border-line bg-line">
        {shown.map(({ name, label, status }) => (
          <div key={name} className="flex flex-col bg-surface px-3 py-2">
            <dt className="text-muted text-xs">{label}</dt>
            <dd className="text-lg">
              {canSeeFindings && counts[name] > 0 ? (
                <Link
                  className="underline"
                  aria-label={`${counts[name].toLocaleString('en')} ${label.toLowerCase()}`}
                  href={findingsHref(scan, { state: status })}
                >
                  {counts[name].toLocaleString('en')}
                </Link>
              ) : (
                counts[name].toLocaleString('en')
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function OpenBySeverity({ scan, canSeeFindings }: { scan: ScanDto; canSeeFindings: boolean }) {
  const { severities } = scan;
  if (!severities) return null;
  const present = SEVERITIES.filter((severity) => severities[severity] > 0);
  return (
    <section aria-label="Open after this run" className="flex flex-col gap-2">
      <h3 className="font-medium text-base">Open after this run</h3>
      {present.length === 0 ? <p className="text-muted text-sm">Nothing is open.</p> : null}
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {present.map((severity) => (
          <li key={severity} className="flex items-center gap-1.5">
            <Severity level={severity} />
            {canSeeFindings ? (
              <Link
                className="underline"
                aria-label={`${severities[severity].toLocaleString('en')} ${severity}`}
                href={findingsHref(scan, { severity })}
              >
                {severities[severity].toLocaleString('en')}
              </Link>
            ) : (
              severities[severity].toLocaleString('en')
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ scan }: { scan: ScanDto }) {
  const tool = toolNameOf(scan);
  return (
    <DescriptionList>
      <DescriptionItem label="Asset">{scan.asset.name}</DescriptionItem>
      <DescriptionItem label="Tool">
        {tool ? `${tool} ${scan.toolVersion ?? ''}` : <span className="text-faint">Not known</span>}
      </DescriptionItem>
      <DescriptionItem label="Branch">{scan.branch}</DescriptionItem>
      <DescriptionItem label="Category">
        {scan.category || <span className="text-faint">–</span>}
      </DescriptionItem>
      {scan.images.map((digest) => (
        <DescriptionItem key={digest} label="Image">
          <CopyText value={digest} label="Copy digest" />
        </DescriptionItem>
      ))}
      <DescriptionItem label="Covers">{coverageOf(scan)}</DescriptionItem>
      <DescriptionItem label="Report">
        {scan.fileName ? `${scan.fileName}, ` : ''}
        {sizeText(scan.fileBytes)}
      </DescriptionItem>
      <DescriptionItem label="Uploaded">
        <Time value={scan.createdAt} precision="second" /> by {uploaderOf(scan)}
      </DescriptionItem>
      <DescriptionItem label="Finished">
        <Time value={scan.finishedAt} precision="second" empty="Not yet" />
      </DescriptionItem>
      <DescriptionItem label="Id">
        <CopyText value={scan.id} label="Copy id" />
      </DescriptionItem>
    </DescriptionList>
  );
}

function Reasons({ scan }: { scan: ScanDto }) {
  if (scan.reasons.length === 0) return null;
  const whenDone = scan.isComplete ? 'Warnings' : 'Why this scan is incomplete';
  const title = { failed: 'Not imported', held: 'Why this scan is held' }[String(scan.status)] ?? whenDone;
  return (
    <Callout tone={scan.status === 'failed' ? 'danger' : 'warning'} title={title}>
      <ul className="flex flex-col gap-1">
        {scan.reasons.map((reason) => (
          <li key={reason} className="break-words">
            {reason}
          </li>
        ))}
      </ul>
    </Callout>
  );
}

/** One run: what it came to, and what is asked of a person. */
export function ScanBody({ scan, canDecide, canSeeFindings }: ScanRights & { scan: ScanDto }) {
  return (
    <div className="flex flex-col gap-5">
      <ScanStatusMark status={scan.status} isIncomplete={isIncomplete(scan)} look="pill" />
      {isUnderWay(scan.status) ? <Progress label={sentenceOf(scan)} value={null} /> : null}
      <Reasons scan={scan} />
      {scan.status === 'held' && canDecide ? <HeldDecision key={scan.id} scan={scan} /> : null}
      <Counts scan={scan} canSeeFindings={canSeeFindings} />
      <OpenBySeverity scan={scan} canSeeFindings={canSeeFindings} />
      {canSeeFindings ? <ScanDiff key={`diff ${scan.id}`} scan={scan} /> : null}
      <Facts scan={scan} />
    </div>
  );
}

/** A run beside the list. */
export function scanPeek(scan: ScanDto, rights: ScanRights): PeekContent {
  return {
    title: scan.asset.name,
    description: scan.status === 'failed' ? 'No findings were opened or closed.' : sentenceOf(scan),
    body: <ScanBody scan={scan} {...rights} />,
    footer: (
      <>
        <ButtonLink href={`/audit?q=target:${scan.id}`}>View changes in the audit log</ButtonLink>
        {rights.canSeeFindings ? (
          <ButtonLink href={findingsHref(scan)}>Open findings of the asset</ButtonLink>
        ) : null}
      </>
    ),
  };
}
