import { createLoader } from 'nuqs/server';
import { parseFilter } from '@/components/data-table/filter-grammar';
import { metricParsers } from '@/components/insight/reports/metrics-params';
import { rowsAsked } from '@/components/insight/reports/rows-asked';
import { paramsOf } from '@/components/platform/audit/audit-params';
import { deliveryParams } from '@/components/platform/notifications/delivery-params';
import { anomalyParsers } from '@/components/response/anomalies/anomaly-params';
import { listCountedValues } from '@/lib/insight/metrics/counted-values';
import { listMetricFindings } from '@/lib/insight/metrics/metric-findings';
import { listMetricKeys } from '@/lib/insight/metrics/metric-keys';
import { listMetricObjectives } from '@/lib/insight/metrics/metric-objectives';
import { listAuditEvents } from '@/lib/platform/audit/queries';
import type { Actor } from '@/lib/platform/auth/contract';
import { listDeliveries } from '@/lib/platform/notifications/deliver/deliveries';
import { listAnomalies } from '@/lib/response/anomalies/queries';

interface Page {
  items: unknown[];
  nextCursor: string | null;
}

/** Every row of a list, page by page, some of them small so that the seams are met. */
async function all<I>(page: (cursor: string | undefined) => Promise<Page & { items: I[] }>): Promise<I[]> {
  const items: I[] = [];
  let cursor: string | undefined;
  do {
    const { items: some, nextCursor } = await page(cursor);
    items.push(...some);
    cursor = nextCursor ?? undefined;
  } while (cursor);
  return items;
}

const loadMetrics = createLoader(metricParsers);
const loadAnomalies = createLoader(anomalyParsers);

async function rowsOfMetrics(actor: Actor, url: URL): Promise<unknown[]> {
  const asked = rowsAsked(await loadMetrics(url));
  switch (asked?.list) {
    case 'findings': {
      const { month, series } = asked;
      const severity = asked.severity as 'critical' | null;
      return all((cursor) =>
        listMetricFindings(actor, { month, series, severity: severity ?? undefined, cursor, limit: 7 }),
      );
    }
    case 'keys':
      return all((cursor) =>
        listMetricKeys(actor, { month: asked.month, series: asked.series, cursor, limit: 3 }),
      );
    case 'objectives':
      return all((cursor) =>
        listMetricObjectives(actor, { month: asked.month, series: asked.series, cursor, limit: 2 }),
      );
    case 'counts':
      return all((cursor) =>
        listCountedValues(actor, { month: asked.month, of: asked.of, cursor, limit: 2 }),
      );
    default:
      throw new Error(`${url} asks for no rows`);
  }
}

/** What the page behind an address lists, asked as its screen asks. */
export async function rowsBehind(actor: Actor, href: string): Promise<unknown[]> {
  const url = new URL(href, 'http://console.test');
  const { q = '', from, to } = Object.fromEntries(url.searchParams);
  const question = { from: from ?? '', to: to ?? '', clauses: parseFilter(q) };
  switch (url.pathname) {
    case '/reports/metrics':
      return rowsOfMetrics(actor, url);
    case '/anomalies': {
      const { state, muted, month } = await loadAnomalies(url);
      return all((cursor) =>
        listAnomalies(actor, { state, muted, month: month ?? undefined, cursor, limit: 3 }),
      );
    }
    case '/audit': {
      const { access, ...filter } = paramsOf(question.clauses);
      const asked = { ...filter, ...(access ? { access: 'show' } : {}), from, to, limit: 50 };
      return all((cursor) => listAuditEvents(actor, { ...asked, cursor } as never));
    }
    case '/settings/deliveries':
      return all((cursor) =>
        listDeliveries(actor, { ...deliveryParams(question), cursor, limit: 4 } as never),
      );
    default:
      throw new Error(`unknown list ${href}`);
  }
}
