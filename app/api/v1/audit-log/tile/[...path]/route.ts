import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { logInput } from '@/lib/platform/sealing/contract';
import { getTile } from '@/lib/platform/sealing/serve/tile';

/** Where the API ends and the path of the tile begins (c2sp.org/tlog-tiles). */
const PREFIX = '/api/v1/audit-log/';

export const GET = apiRoute({
  permission: 'audit:export',
  input: logInput,
  run: (actor, input, { request }) => {
    const { pathname } = new URL(request.url);
    return getTile(actor, pathname.slice(pathname.indexOf(PREFIX) + PREFIX.length), input);
  },
});
