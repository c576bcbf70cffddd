import { z } from 'zod';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { AppError } from '@/lib/platform/core/errors';
import { ALLOW_HEADER } from '@/lib/platform/core/http/own-headers';

/**
 * What no other route answers, a path that is not there or a method that it does not take: a problem document like
 * every other refusal, recorded like every other access.
 */
const notHere = apiRoute({
  permission: 'anybody',
  input: z.unknown(),
  body: 'stream',
  run: async (_actor, _input, { request }) => {
    const allow = request.headers.get(ALLOW_HEADER);
    if (allow) throw new AppError('method_not_allowed', `This API path takes ${allow} only.`, { allow });
    throw new AppError(
      'not_found',
      'This API path does not exist. See /api/openapi.json for the available paths.',
    );
  },
});

export { notHere as DELETE, notHere as GET, notHere as PATCH, notHere as POST, notHere as PUT };
