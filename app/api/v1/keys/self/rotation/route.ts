import { fetchOwnRotation, getOwnRotation } from '@/lib/access/api-keys/rotation/fetch-rotation';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'keys:self-rotate', run: (actor) => getOwnRotation(actor) });

export const POST = apiRoute({ permission: 'keys:self-rotate', run: (actor) => fetchOwnRotation(actor) });
