import { Badge } from '@/components/ui/badge';
import { cn } from '@/components/ui/cn';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Time } from '@/components/ui/time';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { ExpiryFact } from './expiry-fact';
import { rateLimitText } from './rate-limit-rows';

/** Everything that is set on a key. */
export function KeyProperties({ keyDto: key, columns = 2 }: { keyDto: KeyDto; columns?: 1 | 2 }) {
  return (
    <div className={cn('grid gap-x-8 gap-y-2', columns === 2 && 'md:grid-cols-2')}>
      <DescriptionList className="auto-rows-[minmax(24px,auto)] content-start gap-y-1">
        <DescriptionItem label="Key id">
          <CopyText value={key.id} label="Copy key id" />
        </DescriptionItem>
        <DescriptionItem label="Environment">
          <EnvironmentBadge environment={key.environment} />
        </DescriptionItem>
        <DescriptionItem label="Owner">{key.owner?.name ?? <Missing>No owner</Missing>}</DescriptionItem>
        <DescriptionItem label="Expires">
          <ExpiryFact expiresAt={key.expiresAt} mode="exact" />
        </DescriptionItem>
        <DescriptionItem label="Created">
          <Time value={key.createdAt} precision="minute" />
        </DescriptionItem>
        <DescriptionItem label="Changed">
          <Time value={key.updatedAt} precision="minute" />
        </DescriptionItem>
        <DescriptionItem label="Description">
          {key.description === '' ? <Missing>–</Missing> : key.description}
        </DescriptionItem>
      </DescriptionList>
      <DescriptionList className="auto-rows-[minmax(24px,auto)] content-start gap-y-1">
        <DescriptionItem label="Scopes">
          <Badges values={key.scopes} mono />
        </DescriptionItem>
        <DescriptionItem label="Networks">
          {key.allowedCidrs.length > 0 ? (
            <Badges values={key.allowedCidrs} mono />
          ) : (
            <Missing>From anywhere</Missing>
          )}
        </DescriptionItem>
        <DescriptionItem label="Limits">
          {key.rateLimits.length > 0 ? (
            <Badges values={key.rateLimits.map(rateLimitText)} />
          ) : (
            <Missing>Global rate limits only</Missing>
          )}
        </DescriptionItem>
        <DescriptionItem label="Tags">
          {key.tags.length > 0 ? <Badges values={key.tags} /> : <Missing>–</Missing>}
        </DescriptionItem>
      </DescriptionList>
    </div>
  );
}

export function EnvironmentBadge({ environment }: { environment: KeyDto['environment'] }) {
  return <Badge mono>{environment}</Badge>;
}

function Missing({ children }: { children: string }) {
  return <span className="text-faint">{children}</span>;
}

function Badges({ values, mono }: { values: readonly string[]; mono?: boolean }) {
  return (
    <span className="flex flex-wrap gap-1">
      {values.map((value) => (
        <Badge key={value} mono={mono}>
          {value}
        </Badge>
      ))}
    </span>
  );
}
