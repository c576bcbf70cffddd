import { createLoader } from 'nuqs/server';
import { dataViewParsers } from '@/components/data-table/search-params';

/** What the list of secrets keeps in the URL, read on the server. */
export const loadSecretsParams = createLoader({ q: dataViewParsers.q });
