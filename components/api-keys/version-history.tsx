import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { KeyDto, KeyVersionDto } from '@/lib/api-keys/contract';
import { VersionStatus } from './key-status';
import { revokeReasons, secretHint } from './key-status.utils';

function endReason(version: KeyVersionDto): string {
  if (version.revokedReason) return revokeReasons[version.revokedReason].label;
  if (version.state === 'retired') return 'Grace ended';
  return '–';
}

/** Every secret this key ever had, newest first. */
export function VersionHistory({ keyDto }: { keyDto: KeyDto }) {
  return (
    <Table aria-label="Version history">
      <TableHead>
        <tr>
          <TableHeader numeric className="w-16 text-left">
            Version
          </TableHeader>
          <TableHeader>State</TableHeader>
          <TableHeader>Secret</TableHeader>
          <TableHeader>Created</TableHeader>
          <TableHeader>Active since</TableHeader>
          <TableHeader>Last used</TableHeader>
          <TableHeader>Ended</TableHeader>
          <TableHeader>Why it ended</TableHeader>
          <TableHeader>Made because</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {keyDto.versions.map((version) => (
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
              <Time value={version.activatedAt} precision="minute" empty="Never" />
            </TableCell>
            <TableCell>
              <Time value={version.lastUsedAt} precision="minute" empty="Never" />
            </TableCell>
            <TableCell>
              <Time value={version.endedAt} precision="minute" />
            </TableCell>
            <TableCell className="whitespace-nowrap">{endReason(version)}</TableCell>
            <TableCell className="min-w-32 text-muted">{version.reason ?? '–'}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
