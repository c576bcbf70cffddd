'use client';

import { useQuery } from '@tanstack/react-query';
import { Vault } from 'lucide-react';
import Link from 'next/link';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataQuery } from '@/components/data-table/data-view-types';
import { apiUrl } from '@/components/shell/api-client';
import { EmptyState } from '@/components/ui/empty-state';
import type { SecretBackendDto, SecretDto } from '@/lib/access/secrets/contract';
import { SecretCard, secretColumns, secretFacets, secretFilterKeys } from './secret-columns';
import { secretPeek } from './secret-peek';
import { queryOf } from './secret-query';
import { SecretTabs } from './secret-tabs';
import {
  backendsQuery,
  fetchSecret,
  fetchSecretFacets,
  fetchSecretPage,
  readSecretsFromApi,
  secretKeys,
} from './secrets.queries';

const rowId = (secret: SecretDto) => secret.id;
const fetchPage = (query: DataQuery, { cursor, signal }: { cursor: string | null; signal: AbortSignal }) =>
  fetchSecretPage(readSecretsFromApi(signal), query, cursor);

export function SecretsScreen({ consoleUrl }: { consoleUrl: string }) {
  return (
    <DataTableView<SecretDto>
      title="Secrets"
      tabs={<SecretTabs current="/secrets" />}
      status={<Standing />}
      noun={{ one: 'secret', many: 'secrets' }}
      columns={secretColumns}
      rowId={rowId}
      queryKey={secretKeys.list}
      fetchPage={fetchPage}
      fetchRow={fetchSecret}
      defaultFrom={null}
      filterKeys={secretFilterKeys}
      filterPlaceholder="Name or path, status:overdue or owner:unknown"
      facets={{ definitions: secretFacets, fetch: fetchSecretFacets }}
      card={(secret) => <SecretCard secret={secret} />}
      peek={secretPeek}
      curl={(query) => listCurl(consoleUrl, query)}
      empty={<NoSecrets consoleUrl={consoleUrl} />}
    />
  );
}

function listCurl(consoleUrl: string, { clauses }: DataQuery): string {
  const path = apiUrl('/secrets', queryOf(clauses));
  return `curl -sS '${consoleUrl}${path.replaceAll("'", '%27')}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`;
}

const isUnwell = ({ state }: SecretBackendDto) => state !== 'ok';

/** What is listed, and whether all of it could be read. */
function Standing() {
  const { data } = useQuery(backendsQuery);
  const unwell = data?.items.filter(isUnwell) ?? [];
  const [worst] = unwell.filter(({ state }) => state === 'readable');
  const says = 'What is kept where, how old it is and who uses it. Values are never read.';
  if (unwell.length === 0) return says;
  const count = unwell.length === 1 ? '1 backend needs' : `${unwell.length} backends need`;
  return (
    <>
      {worst ? `Bulwark can read values in ${worst.name}. ` : 'This list may be incomplete: '}
      <Link href="/secrets/backends" className="text-accent-text underline-offset-2 hover:underline">
        {count} attention
      </Link>
      .
    </>
  );
}

/** How the first secrets come in: one command that works as it stands. */
function NoSecrets({ consoleUrl }: { consoleUrl: string }) {
  return (
    <EmptyState
      icon={<Vault aria-hidden />}
      title="No secrets yet"
      code={`BULWARK_URL=${consoleUrl} BULWARK_API_KEY=… \\\n  bulwark secrets scan-compose docker-compose.yml .env`}
      copyLabel="Copy command"
    >
      Scan a compose file: names and places are uploaded, values stay on your machine. To read HashiCorp
      Vault, OpenBao or AWS Secrets Manager, set VAULT_ADDR or AWS_REGION for the worker; see docs/secrets.md.
    </EmptyState>
  );
}
