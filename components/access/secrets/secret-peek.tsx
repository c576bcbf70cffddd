import type { PeekContent } from '@/components/data-table/data-view-types';
import { FilterValue } from '@/components/data-table/filter-value';
import { ButtonLink } from '@/components/ui/button';
import type { SecretDto } from '@/lib/access/secrets/contract';
import { SecretProperties } from './secret-properties';
import { SecretState, secretAdvice } from './secret-words';

/** A secret beside the list: enough to judge it; acting on it happens on its page. */
export function secretPeek(secret: SecretDto): PeekContent {
  const { samePlaces } = secret;
  return {
    title: secret.name,
    description: secretAdvice(secret),
    body: (
      <div className="flex flex-col gap-5">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <SecretState secret={secret} look="pill" />
          {samePlaces !== null && samePlaces > 1 ? (
            <FilterValue filterKey="same" value={secret.id} className="text-sm text-warning-text">
              The same value stands in {samePlaces} places
            </FilterValue>
          ) : null}
        </div>
        <SecretProperties secret={secret} columns={1} />
      </div>
    ),
    footer: (
      <>
        <ButtonLink href={`/audit?q=target:${secret.id}`}>View changes in the audit log</ButtonLink>
        <ButtonLink href={`/secrets/${secret.id}`} variant="primary">
          Open the secret
        </ButtonLink>
      </>
    ),
  };
}
