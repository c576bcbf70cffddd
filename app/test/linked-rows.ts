import { type FetchInfiniteQueryOptions, QueryClient, type QueryKey } from '@tanstack/react-query';
import { createLoader, type inferParserType, type ParserMap, parseAsString } from 'nuqs/server';
import { fetchKeyPage, readKeysFromApi } from '@/components/access/api-keys/api-keys.queries';
import { fetchBlockPage, readBlocksFromApi } from '@/components/access/blocks/blocks.queries';
import { checklistQuery } from '@/components/assurance/checklist/checklist.queries';
import { checklistParsers, shownOf } from '@/components/assurance/checklist/checklist-params';
import { findingParsers } from '@/components/assurance/findings/finding-url';
import { fetchFindingPage, readFindingsFromApi } from '@/components/assurance/findings/findings.queries';
import { fetchScanPage, readScansFromApi } from '@/components/assurance/scans/scans.queries';
import { resolveQuery } from '@/components/data-table/data-query';
import type { DataPage, DataQuery } from '@/components/data-table/data-view-types';
import { dataViewParsers } from '@/components/data-table/search-params';
import {
  metricCountsQuery,
  metricFindingsQuery,
  metricKeysQuery,
  metricObjectivesQuery,
} from '@/components/insight/reports/metrics.queries';
import { metricParsers } from '@/components/insight/reports/metrics-params';
import { rowsAsked } from '@/components/insight/reports/rows-asked';
import { AUDIT_FROM, fetchEvents } from '@/components/platform/audit/audit.queries';
import { canonicalUrl, filterTextOf } from '@/components/platform/audit/audit-params';
import { channelParsers, shownChannels } from '@/components/platform/notifications/channel-params';
import {
  channelsQuery,
  DELIVERIES_FROM,
  fetchDeliveries,
  fetchInbox,
} from '@/components/platform/notifications/notifications.queries';
import { membersQuery } from '@/components/platform/settings/settings.queries';
import {
  healthParsers,
  memberParsers,
  shownMembers,
  shownParts,
} from '@/components/platform/settings/settings-params';
import { anomaliesQuery } from '@/components/response/anomalies/anomalies.queries';
import { anomalyParsers } from '@/components/response/anomalies/anomaly-params';
import { apiFetch } from '@/components/shell/api-client';
import type { HealthDto } from '@/lib/insight/overview/contract';
import type { DeadLetterListDto } from '@/lib/platform/jobs/contract';
import type { MemberListDto } from '@/lib/platform/tenancy/contract';

const client = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: 0 } } });
const signal = new AbortController().signal;

type Read = (url: URL) => Promise<unknown[]>;

/** What a page reads of its address. What it does not know, or cannot read, it would pass over in silence: here it is an error. */
async function paramsOf<P extends ParserMap>(url: URL, parsers: P): Promise<inferParserType<P>> {
  const given = await createLoader(parsers)(url.searchParams);
  for (const name of url.searchParams.keys()) {
    if (!(name in parsers)) throw new Error(`${url.pathname} knows no ${name}: ${url.search}`);
    if (given[name] === null) throw new Error(`${url.pathname} cannot read its ${name}: ${url.search}`);
  }
  return given;
}

async function pagesOf<I>(page: (cursor: string | null) => Promise<DataPage<I>>): Promise<I[]> {
  const items: I[] = [];
  let cursor: string | null = null;
  do {
    const { items: some, nextCursor }: DataPage<I> = await page(cursor);
    items.push(...some);
    cursor = nextCursor;
  } while (cursor !== null);
  return items;
}

/** All that a list holds, as its screen has it after "Show more" to the end. */
async function allPages(query: { queryKey: QueryKey }): Promise<unknown[]> {
  const whole = { ...query, pages: 10_000, staleTime: 0 } as unknown as FetchInfiniteQueryOptions<ListPage>;
  const { pages } = await client.fetchInfiniteQuery(whole);
  return pages.flatMap(({ items }) => items);
}
interface ListPage {
  items: unknown[];
}

const { from: _from, to: _to, ...untimed } = dataViewParsers;

/** The question of a list, as `DataTableView` makes it of the address. */
async function questionOf(url: URL, defaultFrom: string | null, parsers: ParserMap): Promise<DataQuery> {
  await paramsOf(url, parsers);
  const { from, to, q, sort } = await createLoader(dataViewParsers)(url.searchParams);
  const start = from ?? defaultFrom;
  const range = start === null ? null : { from: start, to: to ?? 'now' };
  return resolveQuery({ range, q, sort }, Date.now());
}

async function ownersOf() {
  const { items } = await apiFetch<MemberListDto>('/members', { query: { limit: 200 } });
  return items.map(({ userId, name }) => ({ userId, name }));
}

/** Where the page leads that is asked with names of the API. */
function auditUrl(url: URL): URL {
  const search = [...new Set(url.searchParams.keys())].map((name) => {
    const values = url.searchParams.getAll(name);
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  const canonical = canonicalUrl(Object.fromEntries(search));
  if (canonical === null) return url;
  const lost = search.filter(([name, value]) => {
    const isKept = name in dataViewParsers && name !== 'q' && typeof value === 'string';
    return !isKept && filterTextOf({ [name]: value }) === null;
  });
  if (lost.length > 0) throw new Error(`/audit passes over ${JSON.stringify(lost)} of ${url.search}`);
  return new URL(canonical, url);
}

const LISTS: Record<string, Read> = {
  '/keys': async (url) => {
    const query = await questionOf(url, null, untimed);
    const owners = await ownersOf();
    return pagesOf((cursor) => fetchKeyPage(readKeysFromApi(signal), query, owners, cursor));
  },
  '/policies/blocks': async (url) => {
    const query = await questionOf(url, null, untimed);
    return pagesOf((cursor) => fetchBlockPage(readBlocksFromApi(signal), query, cursor));
  },
  '/findings': async (url) => {
    const query = await questionOf(url, null, { ...untimed, ...findingParsers });
    return pagesOf((cursor) => fetchFindingPage(readFindingsFromApi(signal), query, cursor));
  },
  '/scans': async (url) => {
    const query = await questionOf(url, null, untimed);
    return pagesOf((cursor) => fetchScanPage(readScansFromApi(signal), query, cursor));
  },
  '/audit': async (url) => {
    const query = await questionOf(auditUrl(url), AUDIT_FROM, dataViewParsers);
    return pagesOf((cursor) => fetchEvents(query, { cursor, signal }));
  },
  '/anomalies': async (url) => allPages(anomaliesQuery(await paramsOf(url, anomalyParsers))),
  '/checklist': async (url) => {
    const { show } = await paramsOf(url, checklistParsers);
    const checklist = await client.fetchQuery({ ...checklistQuery, staleTime: 0 });
    // Without a view the page tells first what is wrong with the file.
    if (show === null) return checklist.definition.problems;
    return Object.values(shownOf(checklist, show)).flat();
  },
  '/reports/metrics': async (url) => {
    const asked = rowsAsked(await paramsOf(url, metricParsers));
    switch (asked?.list) {
      case 'findings':
        return allPages(metricFindingsQuery(asked));
      case 'keys':
        return allPages(metricKeysQuery(asked));
      case 'objectives':
        return allPages(metricObjectivesQuery(asked));
      case 'counts':
        return allPages(metricCountsQuery(asked));
      default:
        throw new Error(`${url} asks for no rows`);
    }
  },
  '/inbox': async (url) => {
    await paramsOf(url, {});
    return pagesOf((cursor) => fetchInbox('any', cursor, signal));
  },
  '/settings/deliveries': async (url) => {
    const query = await questionOf(url, DELIVERIES_FROM, dataViewParsers);
    return pagesOf((cursor) => fetchDeliveries(query, { cursor, signal }));
  },
  '/settings/notifications': async (url) => {
    const { show } = await paramsOf(url, channelParsers);
    const { items } = await client.fetchQuery({ ...channelsQuery, staleTime: 0 });
    return shownChannels(items, show);
  },
  '/settings/members': async (url) => {
    const { show } = await paramsOf(url, memberParsers);
    const { items } = await client.fetchQuery({ ...membersQuery, staleTime: 0 });
    return shownMembers(items, show);
  },
  '/settings/health': async (url) => {
    const { show } = await paramsOf(url, healthParsers);
    if (show === 'failed_jobs')
      return pagesOf((cursor) => apiFetch<DeadLetterListDto>('/jobs/dead-letters', { query: { cursor } }));
    return shownParts((await apiFetch<HealthDto>('/health')).parts, show);
  },
  '/anomalies/rules': async (url) => {
    await paramsOf(url, {});
    return (await apiFetch<{ items: { isEnabled: boolean }[] }>('/anomaly-rules')).items.filter(
      ({ isEnabled }) => isEnabled,
    );
  },
  '/findings/due': async (url) => {
    await paramsOf(url, { asset: parseAsString });
    return [];
  },
};

/**
 * The rows that a link of the console opens: its address is read by the page's own parsers, and the page's own queries ask the API.
 * @throws Error for a page that is no list, and for a parameter that the page would pass over
 */
export function linkedRows(href: string): Promise<unknown[]> {
  const url = new URL(href, 'http://localhost:3000');
  const read = LISTS[url.pathname];
  if (!read) throw new Error(`${href} opens no list`);
  return read(url);
}
