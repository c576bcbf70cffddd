import { queryOptions } from '@tanstack/react-query';
import type { DataPage, DataQuery, FacetValue } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type {
  SecretBackendListDto,
  SecretDetailDto,
  SecretDto,
  SecretFacetsDto,
  SecretListDto,
} from '@/lib/access/secrets/contract';
import { queryOf, type SecretQuery } from './secret-query';

const PAGE_SIZE = 50;
const POLL_MS = 15_000;

export const secretKeys = {
  all: ['secrets'] as const,
  list: ['secrets', 'list'] as const,
  backends: ['secrets', 'backends'] as const,
  overdue: ['secrets', 'overdue'] as const,
  detail: (id: string) => ['secrets', 'detail', id] as const,
};

/** One page from wherever it is read: the API in the browser, the query on the server. */
export type ReadSecrets = (
  params: SecretQuery,
  page: { cursor: string | undefined; limit: number },
) => Promise<SecretListDto>;

export function fetchSecretPage(
  read: ReadSecrets,
  query: Pick<DataQuery, 'clauses'>,
  cursor: string | null,
): Promise<DataPage<SecretDto>> {
  return read(queryOf(query.clauses), { cursor: cursor ?? undefined, limit: PAGE_SIZE });
}

export function readSecretsFromApi(signal: AbortSignal): ReadSecrets {
  return (params, page) => apiFetch<SecretListDto>('/secrets', { query: { ...params, ...page }, signal });
}

export async function fetchSecretFacets(
  { clauses }: Pick<DataQuery, 'clauses'>,
  signal: AbortSignal,
): Promise<Record<string, FacetValue[]>> {
  const query = queryOf(clauses);
  const { facets } = await apiFetch<SecretFacetsDto>('/secrets/facets', { query, signal });
  return facets;
}

export const secretQuery = (id: string) =>
  queryOptions({
    queryKey: secretKeys.detail(id),
    queryFn: ({ signal }) => apiFetch<SecretDetailDto>(`/secrets/${id}`, { signal }),
    refetchInterval: POLL_MS,
  });

export const fetchSecret = (id: string, signal: AbortSignal): Promise<SecretDto> =>
  apiFetch<SecretDetailDto>(`/secrets/${id}`, { signal });

export const backendsQuery = queryOptions({
  queryKey: secretKeys.backends,
  queryFn: ({ signal }) => apiFetch<SecretBackendListDto>('/secret-backends', { signal }),
  refetchInterval: POLL_MS,
});
