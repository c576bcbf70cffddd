import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Tone } from '@/components/ui/tone';
import {
  type Decision,
  type FindingDto,
  type FindingKind,
  type FindingStatus,
  type JUSTIFICATIONS,
  TOOL_NAMES,
} from '@/lib/assurance/findings/contract';

const STATUSES: Record<FindingStatus, { tone: Tone; word: string }> = {
  open: { tone: 'warning', word: 'Open' },
  accepted: { tone: 'info', word: 'Risk accepted' },
  false_positive: { tone: 'neutral', word: 'False positive' },
  not_affected: { tone: 'neutral', word: 'Not affected' },
  suppressed: { tone: 'neutral', word: 'Suppressed in scanner' },
  fixed: { tone: 'success', word: 'Fixed' },
  archived: { tone: 'neutral', word: 'Archived' },
};

export const KIND_WORDS: Record<FindingKind, string> = {
  vulnerability: 'Vulnerability',
  misconfiguration: 'Misconfiguration',
  secret: 'Secret',
  license: 'License',
  code: 'Code',
};

const DECISION_WORDS: Record<Decision, string> = {
  none: 'None',
  confirmed: 'Confirmed',
  accepted: 'Risk accepted',
  false_positive: 'False positive',
  not_affected: 'Not affected',
  suppressed_in_tool: 'Suppressed in the tool',
  resolved_manually: 'Resolved manually',
};

export const JUSTIFICATION_WORDS: Record<(typeof JUSTIFICATIONS)[number], string> = {
  code_not_present: 'The vulnerable code is not present',
  code_not_reachable: 'The vulnerable code cannot be reached',
  requires_configuration: 'Requires a configuration that is not used',
  requires_dependency: 'Requires a dependency that is not present',
  requires_environment: 'Requires an environment that is not used',
  protected_by_compiler: 'Protected by a compiler option',
  protected_at_runtime: 'Protected at run time',
  protected_at_perimeter: 'Protected at the perimeter',
  protected_by_mitigating_control: 'Protected by another mitigating control',
};

const EVENT_WORDS: Record<string, string> = {
  opened: 'Opened',
  reopened: 'Reopened',
  fixed: 'Fixed',
  changed: 'Changed',
  assigned: 'Assigned',
  decided: 'Decided',
  decision_lifted: 'Decision withdrawn',
  acceptance_expired: 'Acceptance ended',
};

/** The word for a value; one from a newer version shows itself. */
function wordIn(words: Readonly<Record<string, string>>, value: string): string {
  return words[value] ?? value;
}

export const statusWords = (status: FindingStatus) => STATUSES[status]?.word ?? status;
export const eventWords = (type: string) => wordIn(EVENT_WORDS, type);
export const toolWords = (tool: string) => wordIn(TOOL_NAMES, tool);
export const justificationWords = (value: string) => wordIn(JUSTIFICATION_WORDS, value);
export const decisionWords = (value: string) => wordIn(DECISION_WORDS, value);

export function FindingState({ finding, look }: { finding: FindingDto; look?: 'pill' }) {
  const { tone, word } = STATUSES[finding.status];
  return (
    <Status tone={tone} look={look}>
      {word}
      {finding.isUnverified ? <span className="text-xs text-faint">unverified</span> : null}
    </Status>
  );
}

/** When a finding is due, and whether that is over. */
export function Due({ finding, exact }: { finding: FindingDto; exact?: boolean }) {
  const time = <Time value={finding.dueAt} mode={exact ? 'exact' : 'relative'} empty="–" />;
  return finding.isOverdue ? (
    <Status tone="danger">
      {exact ? 'Overdue since ' : ''}
      {time}
    </Status>
  ) : (
    time
  );
}

/** Where a finding is: the package with its version, or the file with its line. */
export function placeWords(finding: FindingDto): string | null {
  if (finding.package !== null) return [finding.package, finding.installedVersion].filter(Boolean).join(' ');
  if (finding.path === null) return null;
  return finding.line === null ? finding.path : `${finding.path}:${finding.line}`;
}

export function Kev() {
  return (
    <Status tone="danger" className="whitespace-nowrap">
      Exploited
    </Status>
  );
}
