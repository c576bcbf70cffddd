'use client';

import { Printer } from 'lucide-react';
import { apiUrl } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { notify } from '@/components/ui/notify';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Time } from '@/components/ui/time';
import type { ReportDto } from '@/lib/insight/reports/contract';
import { ReportBody } from './report-body';
import { ToneMark } from './report-tone';

async function copyMarkdown(id: string): Promise<void> {
  const answer = await fetch(apiUrl(`/reports/weekly/${id}`, { format: 'markdown' }));
  if (!answer.ok) throw new Error(`The server answered ${answer.status}. Try again.`);
  await navigator.clipboard.writeText(await answer.text());
  notify({ kind: 'success', title: 'Report copied as Markdown' });
}

/** One report, the same for everybody and for good. */
export function ReportScreen({ report }: { report: ReportDto }) {
  const { content } = report;
  const copy = () =>
    copyMarkdown(report.id).catch((error: unknown) =>
      notify({
        kind: 'error',
        title: 'Could not copy the report',
        description: error instanceof Error ? error.message : undefined,
      }),
    );
  return (
    <PageBody width="read">
      <PageHeader
        title={`Weekly report, ${report.from} to ${report.to}`}
        status={
          <span className="flex items-center gap-2">
            <ToneMark tone={content.tone} hideWord />
            {content.headline}.
          </span>
        }
        actions={
          <div className="flex gap-2" data-print="hide">
            <Button onClick={() => void copy()}>Copy as Markdown</Button>
            <Button onClick={() => window.print()}>
              <Printer aria-hidden />
              Print
            </Button>
          </div>
        }
      />
      <ReportBody sections={content.sections} />
      <p className="text-sm text-faint">
        {content.tenant}. Time zone: {content.timeZone}. Created{' '}
        {report.kind === 'scheduled' ? 'on schedule' : `for ${report.madeBy}`} <Time value={report.madeAt} />
        {content.isLate ? ', after its scheduled time' : ''}. The report does not change after it is created.
      </p>
    </PageBody>
  );
}
