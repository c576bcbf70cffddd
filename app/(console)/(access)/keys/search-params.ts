import { createLoader } from 'nuqs/server';
import { dataViewParsers } from '@/components/data-table/search-params';

/** What the list of keys keeps in the URL, read on the server. */
export const loadKeysParams = createLoader({ q: dataViewParsers.q, sort: dataViewParsers.sort });
