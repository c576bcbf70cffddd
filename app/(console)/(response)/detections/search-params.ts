import { createLoader } from 'nuqs/server';
import { dataViewParsers } from '@/components/data-table/search-params';

export const loadListParams = createLoader(dataViewParsers);
