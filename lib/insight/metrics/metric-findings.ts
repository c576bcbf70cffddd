import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { listEpisodeFindings } from './episode-findings';
import { type MetricFindingPageDto, type MetricFindingsInput, metricFindingsInput } from './rows-contract';
import { listSnapshotFindings } from './snapshot-findings';

/** The findings behind a number of a month, exactly those that it counts; a page may be short and still go on. */
export async function listMetricFindings(
  actor: Actor,
  input: MetricFindingsInput,
): Promise<MetricFindingPageDto> {
  requirePermission(actor, 'metrics:read');
  requirePermission(actor, 'findings:read');
  const { series, ...asked } = metricFindingsInput.parse(input);
  if (series === 'exploited' || series === 'overdue')
    return listSnapshotFindings(actor, { ...asked, series });
  return listEpisodeFindings(actor, { ...asked, series });
}
