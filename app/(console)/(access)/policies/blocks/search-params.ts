import { createLoader } from 'nuqs/server';
import { dataViewParsers } from '@/components/data-table/search-params';

/** What the list of blocks keeps in the URL, read on the server. */
export const loadBlocksParams = createLoader({ q: dataViewParsers.q, sort: dataViewParsers.sort });
