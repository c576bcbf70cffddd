'use client';

import { Download, ShieldAlert } from 'lucide-react';
import { useQueryState } from 'nuqs';
import { useState } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataQuery } from '@/components/data-table/data-view-types';
import { useDataViewState } from '@/components/data-table/use-data-view-state';
import { apiUrl } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { MenuItem } from '@/components/ui/dropdown-menu';
import { EmptyState } from '@/components/ui/empty-state';
import { Select } from '@/components/ui/select';
import type { FINDING_SORTS, FindingDto } from '@/lib/assurance/findings/contract';
import type { ExportFindingsFormat } from '@/lib/assurance/findings/views-contract';
import { AssignOwner } from './assign-owner';
import { DecideDialog } from './decide-dialog';
import { FindingCard, findingColumns, findingFacets, findingFilterKeys } from './finding-columns';
import { findingPeek } from './finding-peek';
import { queryOf, sortOf } from './finding-query';
import { FindingTabs } from './finding-tabs';
import { findingParsers } from './finding-url';
import {
  fetchFinding,
  fetchFindingFacets,
  fetchFindingPage,
  findingKeys,
  readFindingsFromApi,
} from './findings.queries';
import { GroupedFindings } from './grouped-findings';
import type { DecisionSubject } from './use-decisions';
import { ViewsMenu } from './views-menu';

type Sort = (typeof FINDING_SORTS)[number];

const groupParser = findingParsers.group;
const DEFAULT_SORT: Sort = 'severity';
const SORTS: readonly { value: Sort; label: string }[] = [
  { value: 'severity', label: 'Highest severity first' },
  { value: 'due', label: 'Due first' },
  { value: 'newest', label: 'Newest first' },
];

const rowId = (finding: FindingDto) => finding.id;
const fetchPage = (query: DataQuery, { cursor, signal }: { cursor: string | null; signal: AbortSignal }) =>
  fetchFindingPage(readFindingsFromApi(signal), query, cursor);

export interface FindingsScreenProps {
  canDecide: boolean;
  consoleUrl: string;
}

export function FindingsScreen({ canDecide, consoleUrl }: FindingsScreenProps) {
  const [deciding, setDeciding] = useState<{ subject: DecisionSubject; onDone?: () => void } | null>(null);
  const decideAbout = (findings: readonly FindingDto[], onDone?: () => void) =>
    setDeciding({ subject: { findings }, onDone });
  const [group] = useQueryState('group', groupParser);
  if (group !== null)
    return (
      <GroupedFindings
        by={group}
        actions={
          <>
            <ViewsMenu canShare={canDecide} />
            <Grouped />
          </>
        }
      />
    );
  return (
    <>
      <DataTableView<FindingDto>
        title="Findings"
        tabs={<FindingTabs current="/findings" />}
        status="Open problems reported by your scanners, with the decision on each."
        actions={
          <>
            <ViewsMenu canShare={canDecide} />
            <Grouped />
            <Order />
          </>
        }
        noun={{ one: 'finding', many: 'findings' }}
        columns={findingColumns}
        rowId={rowId}
        queryKey={findingKeys.list}
        fetchPage={fetchPage}
        fetchRow={fetchFinding}
        defaultFrom={null}
        defaultSort={DEFAULT_SORT}
        filterKeys={findingFilterKeys}
        facets={{ definitions: findingFacets, fetch: fetchFindingFacets }}
        filterPlaceholder="Search, or severity:critical asset:web state:any -tool:snyk"
        card={(finding) => <FindingCard finding={finding} />}
        peek={(finding) => findingPeek(finding, canDecide, decideAbout)}
        bulkActions={
          canDecide
            ? (findings, clear) => (
                <>
                  <AssignOwner findings={findings} onDone={clear} />
                  <Button size="sm" variant="ghost" onClick={() => decideAbout(findings, clear)}>
                    Decide
                  </Button>
                </>
              )
            : undefined
        }
        bulkAllActions={({ clauses }, clear) => (
          <Button
            size="sm"
            variant="ghost"
            onClick={() => setDeciding({ subject: { filter: queryOf(clauses) }, onDone: clear })}
          >
            Decide
          </Button>
        )}
        curl={(query) => listCurl(consoleUrl, query)}
        exportItems={(query) => <ExportItems query={query} />}
        empty={<NoFindings consoleUrl={consoleUrl} />}
      />
      {deciding ? <DecideDialog {...deciding} onClose={() => setDeciding(null)} /> : null}
    </>
  );
}

const EXPORTS: readonly { format: ExportFindingsFormat; label: string; hint: string }[] = [
  { format: 'csv', label: 'CSV', hint: 'For spreadsheets; formulas are escaped' },
  { format: 'ndjson', label: 'NDJSON', hint: 'One finding per line' },
  { format: 'sarif', label: 'SARIF 2.1.0', hint: 'For code hosting platforms and editors' },
  { format: 'vex', label: 'CycloneDX VEX', hint: 'Vulnerabilities with their decisions' },
];

/** Downloads what the filter finds. */
function ExportItems({ query }: { query: DataQuery }) {
  const download = (format: ExportFindingsFormat) => {
    const link = document.createElement('a');
    link.href = apiUrl('/findings/export', { ...queryOf(query.clauses), format });
    link.download = '';
    link.click();
  };
  return EXPORTS.map(({ format, label, hint }) => (
    <MenuItem key={format} icon={<Download aria-hidden />} hint={hint} onSelect={() => download(format)}>
      {label}
    </MenuItem>
  ));
}

const GROUPINGS = [
  { value: 'none', label: 'Not grouped' },
  { value: 'package', label: 'By package' },
  { value: 'rule', label: 'By rule' },
  { value: 'asset', label: 'By asset' },
] as const;

function Grouped() {
  const [group, setGroup] = useQueryState('group', groupParser);
  return (
    <Select
      aria-label="Group"
      className="w-36"
      value={group ?? 'none'}
      onValueChange={(value) => void setGroup(value === 'none' ? null : value, { history: 'push' })}
      options={GROUPINGS}
    />
  );
}

function Order() {
  const { sort, setSort } = useDataViewState(null, DEFAULT_SORT);
  return (
    <Select
      aria-label="Order"
      className="w-36"
      value={sortOf(sort)}
      onValueChange={setSort}
      options={SORTS}
    />
  );
}

function listCurl(consoleUrl: string, { clauses, sort }: DataQuery): string {
  const path = apiUrl('/findings', { ...queryOf(clauses), sort: sortOf(sort) });
  return `curl -sS '${consoleUrl}${path.replaceAll("'", '%27')}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`;
}

/** How the first report comes in, and where the closed findings are. */
function NoFindings({ consoleUrl }: { consoleUrl: string }) {
  const code = [
    `curl -sS '${consoleUrl}/api/v1/scans?asset=web&branch=main' \\`,
    '  -H "Authorization: Bearer $BULWARK_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    '  --data-binary @trivy.json',
  ].join('\n');
  return (
    <EmptyState icon={<ShieldAlert aria-hidden />} title="No open findings" code={code}>
      Send the report of a scanner as it wrote it: Gitleaks, Trivy, Snyk, npm audit, SARIF or CycloneDX. Add
      the filter state:any to see what was fixed or decided.
    </EmptyState>
  );
}
