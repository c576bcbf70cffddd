import type { DataColumn, FacetDefinition, FilterKey } from '@/components/data-table/data-view-types';
import { Severity, type SeverityLevel } from '@/components/ui/severity';
import { Time } from '@/components/ui/time';
import {
  AGES,
  FINDING_KINDS,
  FINDING_STATUSES,
  type FindingDto,
  type FindingKind,
  type FindingStatus,
  SEVERITIES,
  SLAS,
  type Sla,
  TOOLS,
} from '@/lib/assurance/findings/contract';
import { ANY_STATE } from './finding-query';
import { Due, FindingState, Kev, KIND_WORDS, placeWords, statusWords, toolWords } from './finding-words';

const none = <span className="text-faint">–</span>;

export const findingColumns: readonly DataColumn<FindingDto>[] = [
  {
    id: 'severity',
    header: 'Severity',
    width: 96,
    hideable: false,
    cell: ({ severity, title }) => (
      <>
        <Severity level={severity} />
        <span className="sr-only">: {title}</span>
      </>
    ),
    filterKey: 'severity',
    filterValue: ({ severity }) => severity,
  },
  {
    id: 'title',
    header: 'Finding',
    hideable: false,
    cell: (finding) => (
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate">{finding.title}</span>
        {finding.isKev ? <Kev /> : null}
      </span>
    ),
  },
  {
    id: 'rule',
    header: 'Rule',
    width: 132,
    cell: ({ ruleId }) => <code className="text-xs">{ruleId}</code>,
    filterKey: 'rule',
    filterValue: ({ ruleId }) => ruleId,
  },
  {
    id: 'place',
    header: 'Where',
    width: 136,
    cell: (finding) => {
      const words = placeWords(finding);
      return words ? <code className="text-xs">{words}</code> : none;
    },
    filterKey: 'package',
    filterValue: (finding) => finding.package,
  },
  {
    id: 'asset',
    header: 'Asset',
    width: 88,
    cell: ({ asset }) => asset.name,
    filterKey: 'asset',
    filterValue: ({ asset }) => asset.name,
  },
  {
    id: 'tool',
    header: 'Tool',
    width: 96,
    defaultHidden: true,
    cell: ({ tool }) => toolWords(tool),
    filterKey: 'tool',
    filterValue: ({ tool }) => tool,
  },
  {
    id: 'state',
    header: 'State',
    width: 108,
    cell: (finding) => <FindingState finding={finding} />,
    filterKey: 'state',
    filterValue: ({ status }) => status,
  },
  { id: 'due', header: 'Due', width: 96, cell: (finding) => <Due finding={finding} /> },
  {
    id: 'openedAt',
    header: 'Open since',
    width: 104,
    defaultHidden: true,
    cell: ({ openedAt }) => <Time value={openedAt} mode="relative" />,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 130,
    defaultHidden: true,
    cell: ({ kind }) => KIND_WORDS[kind],
    filterKey: 'kind',
    filterValue: ({ kind }) => kind,
  },
  {
    id: 'owner',
    header: 'Owner',
    width: 120,
    defaultHidden: true,
    cell: ({ owner }) => owner?.name ?? none,
    filterKey: 'owner',
    filterValue: ({ owner }) => owner?.userId ?? null,
  },
];

export const findingFilterKeys: readonly FilterKey[] = [
  { key: 'severity', label: 'Severity', values: SEVERITIES },
  { key: 'state', label: 'Open by default', values: [...FINDING_STATUSES, ANY_STATE] },
  { key: 'tool', label: 'Scanner that reported it', values: TOOLS },
  { key: 'kind', label: 'Kind of finding', values: FINDING_KINDS },
  { key: 'asset', label: 'What was scanned' },
  { key: 'branch', label: 'Branch where it was found' },
  { key: 'package', label: 'Name of the package' },
  { key: 'rule', label: 'CVE or rule of the scanner' },
  { key: 'sla', label: 'Due date', values: SLAS },
  { key: 'kev', label: 'Known to be exploited (CISA KEV)', values: ['true', 'false'] },
  { key: 'acceptance', label: 'Risk acceptance that awaits approval', values: ['requested'] },
  { key: 'age', label: 'Time since it was opened', values: AGES },
];

const AGE_WORDS: Record<(typeof AGES)[number], string> = {
  week: 'Up to 7 days',
  month: '8 to 30 days',
  quarter: '31 to 90 days',
  older: 'Over 90 days',
};
const SLA_WORDS: Record<Sla, string> = {
  overdue: 'Overdue',
  soon: 'Within 7 days',
  month: 'Within 30 days',
  later: 'Later',
  none: 'Never',
};

export const findingFacets: readonly FacetDefinition[] = [
  { key: 'severity', label: 'Severity', render: ({ value }) => <Severity level={value as SeverityLevel} /> },
  { key: 'state', label: 'State', render: ({ value }) => statusWords(value as FindingStatus) },
  { key: 'sla', label: 'Due', render: ({ value }) => SLA_WORDS[value as Sla] ?? value },
  { key: 'kev', label: 'Exploited', render: () => 'Known to be exploited' },
  { key: 'asset', label: 'Asset' },
  { key: 'tool', label: 'Tool', render: ({ value }) => toolWords(value) },
  { key: 'branch', label: 'Branch' },
  { key: 'package', label: 'Package', render: ({ value }) => <code className="text-xs">{value}</code> },
  { key: 'rule', label: 'Rule', render: ({ value }) => <code className="text-xs">{value}</code> },
  { key: 'owner', label: 'Owner' },
  { key: 'age', label: 'Age', render: ({ value }) => AGE_WORDS[value as keyof typeof AGE_WORDS] ?? value },
  {
    key: 'kind',
    label: 'Kind',
    closed: true,
    render: ({ value }) => KIND_WORDS[value as FindingKind] ?? value,
  },
];

/** A finding on a phone. */
export function FindingCard({ finding }: { finding: FindingDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-center justify-between gap-2">
        <Severity level={finding.severity} />
        <FindingState finding={finding} />
      </span>
      <span className="line-clamp-2 break-words text-base font-medium">{finding.title}</span>
      <span className="flex justify-between gap-3 text-xs text-muted">
        <code className="truncate">{placeWords(finding) ?? finding.ruleId}</code>
        <span className="shrink-0">{finding.asset.name}</span>
      </span>
      {finding.isKev || finding.isOverdue ? (
        <span className="flex gap-3 text-xs">
          {finding.isKev ? <Kev /> : null}
          {finding.isOverdue ? <Due finding={finding} exact /> : null}
        </span>
      ) : null}
    </span>
  );
}
