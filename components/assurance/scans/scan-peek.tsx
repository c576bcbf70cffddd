import { useState } from 'react';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Progress } from '@/components/ui/progress';
import { Severity } from '@/components/ui/severity';
import { Time } from '@/components/ui/time';
import {
  SCAN_DIFF_PARTS,
  type ScanDiffPart,
  type ScanDto,
  SEVERITIES,
} from '@/lib/assurance/findings/contract';
import { filterClause } from '@/lib/platform/facts/rules';
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

const isPart = (name: string): name is ScanDiffPart => SCAN_DIFF_PARTS.some((part) => part === name);

const COUNTS: readonly { name: keyof NonNullable<ScanDto['counts']>; label: string }[] = [
  { name: 'new', label: 'New' },
  { name: 'reopened', label: 'Came back' },
  { name: 'changed', label: 'Changed' },
  { name: 'unchanged', label: 'Unchanged' },
  { name: 'fixed', label: 'Fixed' },
  { name: 'held', label: 'Would be closed' },
];

/** What the run came to; a number of what it changed shows its findings below. */
function Counts({ scan, onPart }: { scan: ScanDto; onPart: ((part: ScanDiffPart) => void) | null }) {
  const { counts } = scan;
  if (!counts) return null;
  const shown = COUNTS.filter(({ name }) => name !== 'held' || scan.status === 'held');
  return (
    <section aria-label="Findings of this run" className="flex flex-col gap-2">
      <h3 className="font-medium text-base">Findings</h3>
      <dl className="grid grid-cols-3 gap-px overflow-hidden rounded-md border border-line bg-line">
        {shown.map(({ name, label }) => (
          <div key={name} className="flex flex-col bg-surface px-3 py-2">
            <dt className="text-muted text-xs">{label}</dt>
            <dd className="text-lg">
              {onPart && isPart(name) && counts[name] > 0 ? (
                <button
                  type="button"
                  className="underline"
                  aria-label={`${counts[name].toLocaleString('en')} ${label.toLowerCase()}`}
                  onClick={() => onPart(name)}
                >
                  {counts[name].toLocaleString('en')}
                </button>
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

/** As it was when the run ended, which no list shows any more. */
function OpenBySeverity({ scan }: { scan: ScanDto }) {
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
            {severities[severity].toLocaleString('en')}
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
  const [part, setPart] = useState<ScanDiffPart | null>(null);
  return (
    <div className="flex flex-col gap-5">
      <ScanStatusMark status={scan.status} isIncomplete={isIncomplete(scan)} look="pill" />
      {isUnderWay(scan.status) ? <Progress label={sentenceOf(scan)} value={null} /> : null}
      <Reasons scan={scan} />
      {scan.status === 'held' && canDecide ? <HeldDecision key={scan.id} scan={scan} /> : null}
      <Counts scan={scan} onPart={canSeeFindings ? setPart : null} />
      <OpenBySeverity scan={scan} />
      {canSeeFindings ? <ScanDiff key={`diff ${scan.id}`} scan={scan} part={part} onPart={setPart} /> : null}
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
          <ButtonLink
            href={`/findings?${new URLSearchParams({ q: filterClause('asset', scan.asset.name) })}`}
          >
            Open findings of the asset
          </ButtonLink>
        ) : null}
      </>
    ),
  };
}
