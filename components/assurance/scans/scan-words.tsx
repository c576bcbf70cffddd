import { Clock, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { Status } from '@/components/ui/status';
import type { Tone } from '@/components/ui/tone';
import { type ScanDto, type ScanStatus, TOOL_NAMES, TOOLS } from '@/lib/assurance/findings/contract';

const STATES: Record<ScanStatus, { tone: Tone; word: string; icon?: ReactNode }> = {
  queued: { tone: 'neutral', word: 'Queued', icon: <Clock aria-hidden /> },
  running: { tone: 'info', word: 'Importing', icon: <LoaderCircle aria-hidden /> },
  done: { tone: 'success', word: 'Imported' },
  held: { tone: 'warning', word: 'Held for review' },
  confirmed: { tone: 'success', word: 'Confirmed' },
  rejected: { tone: 'neutral', word: 'Rejected' },
  failed: { tone: 'danger', word: 'Failed' },
};

const INCOMPLETE: typeof STATES.done = { tone: 'warning', word: 'Incomplete' };

/** Imported, but something was not read or not looked at, which the uploader did not ask for. */
export const isIncomplete = ({ status, isComplete, reasons }: ScanDto) =>
  status === 'done' && !isComplete && reasons.length > 0;

/** What the absence of a finding means in this run. */
export function coverageOf(scan: ScanDto): string {
  if (scan.isComplete) return 'Whole asset: findings missing from the report are closed as fixed';
  return scan.reasons.length > 0
    ? 'Incomplete: closes no findings by itself'
    : 'Part of the asset: closes no findings';
}

interface StatusMarkProps {
  status: ScanStatus;
  isIncomplete?: boolean;
  look?: 'pill';
}

export function ScanStatusMark({ status, isIncomplete: isPart = false, look }: StatusMarkProps) {
  const { tone, word, icon } = isPart ? INCOMPLETE : STATES[status];
  return (
    <Status tone={tone} look={look} icon={icon} className={look && 'self-start'}>
      {word}
    </Status>
  );
}

const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export const findingsIn = (count: number) => plural(count, 'finding', 'findings');

/** What a run came to, in a sentence. */
export function sentenceOf(scan: ScanDto): string {
  const { status, counts, reasons, progress } = scan;
  if (status === 'queued') return 'Waiting for the worker.';
  if (status === 'running')
    return progress > 0 ? `${findingsIn(progress)} read so far.` : 'Reading the report.';
  if (status === 'failed') return reasons[0] ?? 'The import failed. No findings were opened or closed.';
  if (status === 'held')
    return `This scan would close ${findingsIn(counts?.held ?? 0)}. They stay open until you confirm it.`;
  if (status === 'rejected') return 'Rejected. No findings were closed.';
  if (status === 'confirmed') return `Confirmed. ${findingsIn(counts?.fixed ?? 0)} closed as fixed.`;
  return reasons[0] ?? `${findingsIn(counts?.found ?? 0)} in the report.`;
}

/** What the list says beside the state; nothing where the counts say it already. */
export function noteOf(scan: ScanDto): string | null {
  if (scan.status === 'held') return scan.reasons[0] ?? sentenceOf(scan);
  if (scan.status === 'running' || scan.status === 'failed') return sentenceOf(scan);
  return scan.reasons[0] ?? null;
}

/** The scanner; of a format that many tools write, the tool that the report names. */
export function toolNameOf({ tool, toolName }: ScanDto): string | null {
  const known = TOOLS.find((one) => one === tool);
  if (toolName && (!known || known === 'sarif' || known === 'cyclonedx')) return toolName;
  return known ? TOOL_NAMES[known] : tool;
}

/** Who brought it. */
export function uploaderOf({ uploadedBy, uploadedByName }: ScanDto): string {
  if (uploadedByName) return uploadedByName;
  if (uploadedBy.startsWith('user:')) return 'Former member';
  return uploadedBy.startsWith('key:') ? 'An API key' : 'Bulwark';
}
