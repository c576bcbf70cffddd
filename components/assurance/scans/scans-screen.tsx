'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { FileSearch, Upload } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import { apiUrl } from '@/components/shell/api-client';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { EmptyState } from '@/components/ui/empty-state';
import type { ScanDto } from '@/lib/assurance/findings/contract';
import { ScanCard, scanColumns, scanFilterKeys } from './scan-columns';
import { isUnderWay, splitFilter } from './scan-filter';
import { type ScanRights, scanPeek } from './scan-peek';
import { ScanTabs } from './scan-tabs';
import { fetchScan, fetchScanPage, readScansFromApi, scanKeys, standingQuery } from './scans.queries';
import { UploadDialog } from './upload-dialog';
import { uploadCurl, uploadWorkflow } from './upload-snippets';

export interface ScansScreenProps extends ScanRights {
  canUpload: boolean;
  consoleUrl: string;
}

const rowId = (scan: ScanDto) => scan.id;

export function ScansScreen({ canUpload, consoleUrl, ...rights }: ScansScreenProps) {
  const [isUploading, setUploading] = useState(false);
  const open = useCallback(() => setUploading(true), []);
  useShortcut('new', open, canUpload);
  const uploadButton = canUpload ? (
    <Button variant="primary" onClick={open}>
      <Upload aria-hidden />
      Upload report
    </Button>
  ) : null;
  return (
    <>
      <DataTableView<ScanDto>
        title="Scans"
        tabs={<ScanTabs current="/scans" />}
        status={<Standing />}
        actions={uploadButton}
        noun={{ one: 'run', many: 'runs' }}
        columns={scanColumns}
        rowId={rowId}
        queryKey={scanKeys.list}
        fetchPage={(query, { cursor, signal }) => fetchScanPage(readScansFromApi(signal), query, cursor)}
        fetchRow={fetchScan}
        defaultFrom={null}
        filterKeys={scanFilterKeys}
        filterPlaceholder="Words, asset:web, status:held or tool:trivy"
        card={(scan) => <ScanCard scan={scan} />}
        peek={(scan) => scanPeek(scan, rights)}
        curl={(query) =>
          `curl -sS '${consoleUrl}${apiUrl('/scans', { ...splitFilter(query.clauses).filter })}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`
        }
        empty={<NoScans consoleUrl={consoleUrl} action={uploadButton} />}
      />
      {isUploading && canUpload ? <UploadDialog rights={rights} onClose={() => setUploading(false)} /> : null}
    </>
  );
}

function NoScans({ consoleUrl, action }: { consoleUrl: string; action: ReactNode }) {
  return (
    <>
      <EmptyState
        icon={<FileSearch aria-hidden />}
        title="No scans yet"
        code={uploadCurl(consoleUrl)}
        copyLabel="Copy commands"
        action={action}
      >
        Upload a report from Gitleaks, Trivy, Snyk or npm audit, or any SARIF or CycloneDX file. The commands
        below work with a key that has the scans:write scope. A ready-made GitHub workflow is also available.
      </EmptyState>
      <div className="mx-auto -mt-8 w-full max-w-[560px] px-4 pb-12">
        <CodeBlock
          caption=".github/workflows/bulwark.yml"
          copyLabel="Copy workflow"
          code={uploadWorkflow(consoleUrl)}
        />
      </div>
    </>
  );
}

/** What the worker is at and what waits for a person; refreshes the list when that changes. */
function Standing() {
  const client = useQueryClient();
  const { data } = useQuery(standingQuery());
  const state = data?.items.map(({ id, status, progress }) => `${id} ${status} ${progress}`).join();
  useEffect(() => {
    if (state !== undefined) void client.invalidateQueries({ queryKey: scanKeys.list });
  }, [client, state]);
  if (!data) return 'Uploaded and scheduled scans, and what each one changed.';
  const waiting = data.items.filter(({ status }) => isUnderWay(status)).length;
  const held = data.items.length - waiting;
  const more = data.nextCursor === null ? '' : 'More than ';
  const parts = [
    ...(waiting > 0 ? [`${more}${waiting} ${waiting === 1 ? 'import is' : 'imports are'} in progress.`] : []),
    ...(held > 0
      ? [`${more}${held} ${held === 1 ? 'scan is' : 'scans are'} held for review. Confirm or reject.`]
      : []),
  ];
  return parts.length > 0 ? parts.join(' ') : 'No imports in progress and no scans held for review.';
}
