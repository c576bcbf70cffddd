'use client';

import { VersionStatus } from '@/components/access/api-keys/list/key-status';
import {
  revokeReasons,
  secretHint,
  undoMinutesLeft,
} from '@/components/access/api-keys/list/key-status-words';
import { Button } from '@/components/ui/button';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import { useNow } from '@/components/ui/use-now';
import type { KeyDto, KeyVersionDto } from '@/lib/access/api-keys/contract';

const CLOCK_TICK_MS = 15_000;

function endReason(version: KeyVersionDto): string | null {
  if (version.revokedReason) return revokeReasons[version.revokedReason].label;
  return version.state === 'retired' ? 'Grace ended' : null;
}

/** Why it ended, and why it was made where somebody said so. */
function Reasons({ version }: { version: KeyVersionDto }) {
  const ended = endReason(version);
  if (!ended && !version.reason) return <span className="text-faint">–</span>;
  return (
    <span className="flex flex-col">
      {ended}
      {version.reason ? <span className="text-xs text-muted">Made: {version.reason}</span> : null}
    </span>
  );
}

export interface VersionHistoryProps {
  keyDto: KeyDto;
  /** Absent for who may not write. */
  onUndoRevoke?: (version: number) => void;
}

/** Every secret this key ever had, newest first. A revocation of one can be undone for an hour. */
export function VersionHistory({ keyDto, onUndoRevoke }: VersionHistoryProps) {
  const now = useNow(CLOCK_TICK_MS);
  return (
    <Table aria-label="Version history">
      <TableHead>
        <tr>
          <TableHeader>Version</TableHeader>
          <TableHeader>State</TableHeader>
          <TableHeader>Secret</TableHeader>
          <TableHeader>Created</TableHeader>
          <TableHeader>Active since</TableHeader>
          <TableHeader>Last used</TableHeader>
          <TableHeader>Ended</TableHeader>
          <TableHeader>Reason</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {keyDto.versions.map((version) => {
          const undoMinutes = now === null ? 0 : undoMinutesLeft(version, now);
          return (
            <TableRow key={version.id}>
              <TableCell className="tabular-nums">{version.number}</TableCell>
              <TableCell>
                <VersionStatus state={version.state} />
              </TableCell>
              <TableCell className="font-mono whitespace-nowrap">{secretHint(version)}</TableCell>
              <TableCell>
                <Time value={version.createdAt} precision="minute" />
              </TableCell>
              <TableCell>
                <Time value={version.activatedAt} precision="minute" />
              </TableCell>
              <TableCell>
                <Time value={version.lastUsedAt} precision="minute" empty="Never" />
              </TableCell>
              <TableCell>
                <Time value={version.endedAt} precision="minute" />
              </TableCell>
              <TableCell className="min-w-32">
                <Reasons version={version} />
                {onUndoRevoke && undoMinutes > 0 ? (
                  <Button size="sm" className="mt-1" onClick={() => onUndoRevoke(version.number)}>
                    Undo revocation ({undoMinutes} min left)
                  </Button>
                ) : null}
              </TableCell>
            </TableRow>
          );
        })}
      </TableBody>
    </Table>
  );
}
