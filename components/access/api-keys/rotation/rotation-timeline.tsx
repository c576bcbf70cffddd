import { Badge } from '@/components/ui/badge';
import { Panel } from '@/components/ui/panel';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { Status } from '@/components/ui/status';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { TimelineEntryDto } from '@/lib/access/api-keys/rotation-contract';

function madeBy({ createdBy, rotation, reason }: TimelineEntryDto): string {
  if (createdBy) return createdBy;
  if (rotation) return rotation.cause === 'policy' ? 'Policy' : 'Manual rotation';
  return reason ?? 'Command line or service';
}

function RetiredUses({ entry }: { entry: TimelineEntryDto }) {
  const { lastRetiredUse: last, retiredUses } = entry;
  if (!last) return <span className="text-faint">–</span>;
  return (
    <span className="flex flex-col">
      <Status tone="warning">{retiredUses === 1 ? 'Once' : `${retiredUses} times`}</Status>
      <span className="font-mono text-xs text-muted">{last.ip ?? 'unknown address'}</span>
      <span className="max-w-48 truncate text-xs text-muted">{last.userAgent ?? ''}</span>
      <Time value={last.at} mode="relative" />
    </span>
  );
}

/** Who brought which secret, when it was first used, when its grace ended, and who still tried it afterwards. */
export function RotationTimeline({ entries }: { entries: readonly TimelineEntryDto[] }) {
  return (
    <Panel className="overflow-x-auto px-4">
      <StackedTable
        aria-label="Timeline of secrets"
        columns={['Version', 'Created', 'First used', 'Grace until', 'Ended', 'Uses after retirement']}
      >
        {entries.map((entry) => (
          <StackedRow key={entry.version}>
            <TableCell>
              <span className="flex items-center gap-2">
                {entry.version}
                <Badge>{entry.state}</Badge>
              </span>
            </TableCell>
            <TableCell>
              <span className="flex flex-col">
                <Time value={entry.createdAt} precision="minute" />
                <span className="text-xs text-muted">{madeBy(entry)}</span>
              </span>
            </TableCell>
            <TableCell>
              <Time value={entry.firstUsedAt} precision="minute" empty="Not yet" />
            </TableCell>
            <TableCell>
              <Time value={entry.graceUntil} precision="minute" />
            </TableCell>
            <TableCell>
              <Time value={entry.endedAt} precision="minute" />
            </TableCell>
            <TableCell>
              <RetiredUses entry={entry} />
            </TableCell>
          </StackedRow>
        ))}
      </StackedTable>
    </Panel>
  );
}
