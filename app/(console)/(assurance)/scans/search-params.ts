import { createLoader } from 'nuqs/server';
import { dataViewParsers } from '@/components/data-table/search-params';

/** What the list of scans keeps in the URL, read on the server. */
export const loadScansParams = createLoader({ q: dataViewParsers.q, sort: dataViewParsers.sort });
