import { fetchOwnRotation, getOwnRotation } from '@/lib/api-keys/fetch-rotation';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({ permission: 'keys:self-rotate', run: (actor) => getOwnRotation(actor) });

export const POST = apiRoute({ permission: 'keys:self-rotate', run: (actor) => fetchOwnRotation(actor) });
