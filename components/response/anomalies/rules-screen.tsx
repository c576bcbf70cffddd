'use client';

import { useQuery } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { SkeletonLines } from '@/components/ui/skeleton';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { AnomalyMuteDto, RuleListDto } from '@/lib/response/anomalies/contract';
import { anomalyKeys, mutesQuery, rulesQuery } from './anomalies.queries';
import { AnomalyTabs } from './anomaly-tabs';
import { RuleRow } from './rule-row';

function Mutes({
  mutes,
  rules,
  canWrite,
}: {
  mutes: readonly AnomalyMuteDto[];
  rules: RuleListDto;
  canWrite: boolean;
}) {
  const end = useAction<string>({
    run: (id) => apiFetch(`/anomaly-mutes/${id}/end`, { method: 'POST', body: {} }),
    refresh: [anomalyKeys.all],
    done: () => ({ title: 'Mute ended' }),
    failed: 'Could not end the mute',
  });
  const titleOf = (key: string) => rules.items.find((rule) => rule.key === key)?.title ?? key;
  if (mutes.length === 0)
    return (
      <p className="text-muted">
        No active mutes. To mute a rule, open an anomaly’s menu. Every mute needs a reason and an end date.
      </p>
    );
  return (
    <Panel className="px-4">
      <StackedTable
        aria-label="Mutes"
        columns={['Rule', 'About', 'Reason', 'By', 'Until']}
        hasActions={canWrite}
      >
        {mutes.map((mute) => (
          <StackedRow key={mute.id}>
            <TableCell>{titleOf(mute.rule)}</TableCell>
            <TableCell className="break-all">{mute.subject ?? 'everybody'}</TableCell>
            <TableCell>{mute.reason}</TableCell>
            <TableCell>{mute.mutedBy}</TableCell>
            <TableCell>
              <Time value={mute.until} precision="minute" />
            </TableCell>
            {canWrite ? (
              <TableCell className="text-right">
                <Button
                  size="sm"
                  loading={end.isPending && end.variables === mute.id}
                  onClick={() => end.mutate(mute.id)}
                >
                  End now
                </Button>
              </TableCell>
            ) : null}
          </StackedRow>
        ))}
      </StackedTable>
    </Panel>
  );
}

/** The rules, what each would have found in the last 30 days, and what is muted. */
export function RulesScreen({ canChange, canWrite }: { canChange: boolean; canWrite: boolean }) {
  const rules = useQuery(rulesQuery);
  const mutes = useQuery(mutesQuery);
  const on = rules.data?.items.filter(({ isEnabled }) => isEnabled).length ?? 0;
  return (
    <PageBody width="read">
      <PageHeader
        title="Anomalies"
        status={
          rules.data
            ? `${on} of ${rules.data.items.length} rules are on. Replay a rule over the last 30 days before you turn it on.`
            : null
        }
        tabs={<AnomalyTabs current="/anomalies/rules" />}
      />
      <QueryProblem queries={[rules, mutes]} title="Could not refresh the rules" />
      {rules.isPending ? <SkeletonLines lines={8} label="Loading rules" /> : null}
      {rules.data ? (
        <Panel>
          <ul aria-label="Rules">
            {rules.data.items.map((rule) => (
              <RuleRow key={rule.key} rule={rule} canChange={canChange} />
            ))}
          </ul>
        </Panel>
      ) : null}
      {rules.data && mutes.data ? (
        <PageSection title="Mutes" description="Muted anomalies are recorded, but no notifications are sent.">
          <Mutes mutes={mutes.data.items} rules={rules.data} canWrite={canWrite} />
        </PageSection>
      ) : null}
    </PageBody>
  );
}
