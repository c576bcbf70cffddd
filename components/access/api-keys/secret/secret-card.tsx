import { VersionStatus } from '@/components/access/api-keys/list/key-status';
import { secretHint } from '@/components/access/api-keys/list/key-status-words';
import { cn } from '@/components/ui/cn';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Countdown, Time } from '@/components/ui/time';
import type { KeyVersionDto } from '@/lib/access/api-keys/contract';

const numbers = new Intl.NumberFormat('en');

export interface SecretCardProps {
  version: KeyVersionDto;
  /** Whether a clock runs for it. */
  hasDeadline: boolean;
  className?: string;
}

/** One secret of a key: what may be shown of it, and how it is used. Rows line up across cards. */
export function SecretCard({ version, hasDeadline, className }: SecretCardProps) {
  return (
    <section
      aria-label={`Version ${version.number}`}
      data-version={version.number}
      className={cn('flex min-w-0 flex-col gap-3 p-4', className)}
    >
      <header className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-base font-semibold">Version {version.number}</h2>
        <VersionStatus state={version.state} look="pill" />
      </header>
      <code className="truncate rounded-md bg-sunken px-2.5 py-1.5 text-sm">{secretHint(version)}</code>
      <DescriptionList className="grid-cols-[104px_minmax(0,1fr)] gap-y-1.5">
        <DescriptionItem label="Created">
          <Time value={version.createdAt} precision="minute" />
        </DescriptionItem>
        <DescriptionItem label="Active since">
          <Time value={version.activatedAt} precision="minute" empty="Not yet" />
        </DescriptionItem>
        <DescriptionItem label="Last used">
          <span className="flex flex-wrap gap-x-2">
            <Time value={version.lastUsedAt} mode="relative" empty="Never" />
            {version.lastUsedIp ? <code className="text-sm text-muted">{version.lastUsedIp}</code> : null}
          </span>
        </DescriptionItem>
        <DescriptionItem label="Last 24 hours">
          <Requests allowed={version.allowed24h} refused={version.refused24h} />
        </DescriptionItem>
        <DescriptionItem label="Ends">
          {version.endsAt === null ? (
            <span className="text-faint">No end date</span>
          ) : (
            <span className="flex flex-wrap gap-x-2">
              <Time value={version.endsAt} precision="minute" />
              {hasDeadline ? <Countdown to={version.endsAt} className="text-muted" /> : null}
            </span>
          )}
        </DescriptionItem>
      </DescriptionList>
    </section>
  );
}

export function Requests({ allowed, refused }: { allowed: number; refused: number }) {
  return (
    <span className="tabular-nums">
      {numbers.format(allowed)} allowed
      <span className={refused > 0 ? 'text-danger-text' : 'text-faint'}>
        , {numbers.format(refused)} denied
      </span>
    </span>
  );
}
