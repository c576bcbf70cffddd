import { createLoader } from 'nuqs/server';
import { dataViewParsers } from '@/components/data-table/search-params';

/** What the audit log keeps in the URL, read on the server. */
export const loadAuditParams = createLoader({
  from: dataViewParsers.from,
  to: dataViewParsers.to,
  q: dataViewParsers.q,
  sort: dataViewParsers.sort,
});
