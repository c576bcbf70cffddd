import { auditHref } from '@/components/access/api-keys/detail/audit-href';
import { KeyProperties } from '@/components/access/api-keys/detail/key-properties';
import { usageSentence } from '@/components/access/api-keys/detail/usage-sentence';
import { SecretCard } from '@/components/access/api-keys/secret/secret-card';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { ButtonLink } from '@/components/ui/button';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { isLive } from '@/lib/access/api-keys/rules';
import { KeyUsage } from './key-columns';
import { KeyStatus } from './key-status';
import { keyAdvice } from './key-status-words';

/** A key beside the list: enough to judge it; acting on its secrets happens on its page. */
export function keyPeek(key: KeyDto): PeekContent {
  return {
    title: key.name,
    description: keyAdvice(key),
    body: (
      <div className="flex flex-col gap-5">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <KeyStatus status={key.status} look="pill" />
          <span className="flex items-center gap-3 text-xs text-muted">
            {usageSentence(key.usage)}
            <KeyUsage keyDto={key} />
          </span>
        </div>
        <div className="divide-y divide-line rounded-md border border-line">
          {key.versions
            .filter(({ state }) => isLive(state))
            .map((version) => (
              <SecretCard key={version.id} version={version} hasDeadline={version.state === 'grace'} />
            ))}
        </div>
        <KeyProperties keyDto={key} columns={1} />
      </div>
    ),
    footer: (
      <>
        <ButtonLink href={auditHref(key.id)}>View decisions in the audit log</ButtonLink>
        <ButtonLink href={`/keys/${key.id}`} variant="primary">
          Open the key
        </ButtonLink>
      </>
    ),
  };
}
