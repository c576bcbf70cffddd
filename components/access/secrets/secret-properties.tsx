import type { ReactNode } from 'react';
import { Badge } from '@/components/ui/badge';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Time } from '@/components/ui/time';
import { BACKEND_KINDS, EXPOSURES, SECRET_KINDS, type SecretDto } from '@/lib/access/secrets/contract';
import { Owner } from './secret-columns';
import { Due, LastRotated, LastUsed, MODEL_WORDS } from './secret-words';

const Faint = ({ children }: { children: ReactNode }) => <span className="text-faint">{children}</span>;

const ROTATED_FROM = {
  backend: 'as its backend says',
  observed: 'when a new version was first seen',
  person: 'as a person recorded',
  rotation: 'by a rotation of Bulwark',
} as const;

const INTERVAL_FROM = {
  standard: 'the standard',
  tag: 'from a tag',
  backend: 'from its backend',
  person: 'set by a person',
} as const;

const days = (count: number) => (count === 1 ? 'Every day' : `Every ${count} days`);

function Where({ secret }: { secret: SecretDto }) {
  return (
    <>
      <DescriptionItem label="Kept in">
        {BACKEND_KINDS[secret.backend.kind]} <Faint>{secret.backend.name}</Faint>
      </DescriptionItem>
      <DescriptionItem label="Path">
        <CopyText
          value={secret.line === null ? secret.path : `${secret.path}:${secret.line}`}
          label="Copy path"
        />
      </DescriptionItem>
      <DescriptionItem label="Kind">
        {SECRET_KINDS[secret.kind]} <Faint>{EXPOSURES[secret.exposure].toLowerCase()}</Faint>
      </DescriptionItem>
      {secret.why ? <DescriptionItem label="Recognized by">{secret.why}</DescriptionItem> : null}
      {secret.lengthClass ? (
        <DescriptionItem label="Length">{secret.lengthClass} characters</DescriptionItem>
      ) : null}
    </>
  );
}

function Age({ secret }: { secret: SecretDto }) {
  const { rotatedFrom, versionLabel, versionCount } = secret;
  return (
    <>
      <DescriptionItem label="Last rotated">
        <LastRotated secret={secret} exact />{' '}
        {rotatedFrom && secret.rotatedAt ? <Faint>{ROTATED_FROM[rotatedFrom]}</Faint> : null}
      </DescriptionItem>
      {versionLabel ? (
        <DescriptionItem label="Current version">
          <code className="text-xs break-all">{versionLabel}</code>{' '}
          {versionCount !== null && versionCount > 1 ? <Faint>of {versionCount}</Faint> : null}
        </DescriptionItem>
      ) : null}
      {secret.model === 'dynamic' ? null : (
        <DescriptionItem label="Interval">
          {days(secret.intervalDays)} <Faint>{INTERVAL_FROM[secret.intervalFrom]}</Faint>
        </DescriptionItem>
      )}
      <DescriptionItem label="Due">
        <Due secret={secret} exact />
      </DescriptionItem>
      <DescriptionItem label="Rotation model">{MODEL_WORDS[secret.model]}</DescriptionItem>
      <DescriptionItem label="Last used">
        <LastUsed secret={secret} exact />
      </DescriptionItem>
    </>
  );
}

function Seen({ secret }: { secret: SecretDto }) {
  return (
    <>
      <DescriptionItem label="First seen">
        <Time value={secret.firstSeenAt} precision="minute" />
      </DescriptionItem>
      <DescriptionItem label="Last seen">
        <Time value={secret.lastSeenAt} precision="minute" />
      </DescriptionItem>
      {secret.missingAt ? (
        <DescriptionItem label="Gone">
          <Time value={secret.missingAt} precision="minute" />
        </DescriptionItem>
      ) : null}
      {secret.deletedAt ? (
        <DescriptionItem label="Deleted">
          <Time value={secret.deletedAt} precision="minute" />
        </DescriptionItem>
      ) : null}
      {secret.recoverableUntil ? (
        <DescriptionItem label="Restorable until">
          <Time value={secret.recoverableUntil} precision="minute" />
        </DescriptionItem>
      ) : null}
    </>
  );
}

/** What is known of a secret; its value never is. */
export function SecretProperties({ secret, columns = 2 }: { secret: SecretDto; columns?: 1 | 2 }) {
  const owned = (
    <>
      <DescriptionItem label="Owner">
        <Owner secret={secret} />
      </DescriptionItem>
      <DescriptionItem label="Tags">
        {secret.tags.length > 0 ? (
          <span className="flex flex-wrap gap-1">
            {secret.tags.map((tag) => (
              <Badge key={tag}>{tag}</Badge>
            ))}
          </span>
        ) : (
          <Faint>–</Faint>
        )}
      </DescriptionItem>
      {secret.note ? <DescriptionItem label="Note">{secret.note}</DescriptionItem> : null}
    </>
  );
  const list = 'auto-rows-[minmax(24px,auto)] content-start gap-y-1';
  if (columns === 1)
    return (
      <DescriptionList className={list}>
        <Where secret={secret} />
        <Age secret={secret} />
        {owned}
        <Seen secret={secret} />
      </DescriptionList>
    );
  return (
    <div className="grid gap-x-8 gap-y-2 md:grid-cols-2">
      <DescriptionList className={list}>
        <Where secret={secret} />
        {owned}
        <Seen secret={secret} />
      </DescriptionList>
      <DescriptionList className={list}>
        <Age secret={secret} />
      </DescriptionList>
    </div>
  );
}
