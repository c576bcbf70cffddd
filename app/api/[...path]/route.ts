import { z } from 'zod';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { AppError } from '@/lib/platform/core/errors';
import { problemResponse } from '@/lib/platform/core/http/http';
import { ALLOW_HEADER } from '@/lib/platform/core/http/own-headers';

function wrongMethod(request: Request): AppError | null {
  const allow = request.headers.get(ALLOW_HEADER);
  if (!allow) return null;
  return new AppError('method_not_allowed', `This API path takes ${allow} only.`, { allow });
}

/**
 * What no other route answers, a path that is not there or a method that it does not take: a problem document like
 * every other refusal, recorded like every other access.
 */
const notHere = apiRoute({
  permission: 'anybody',
  input: z.unknown(),
  body: 'stream',
  run: async (_actor, _input, { request }) => {
    throw (
      wrongMethod(request) ??
      new AppError(
        'not_found',
        'This API path does not exist. See /api/openapi.json for the available paths.',
      )
    );
  },
});

/** Which methods a path takes is no secret: also who proved nothing is told. */
async function answer(request: Request, context: Parameters<typeof notHere>[1]): Promise<Response> {
  const response = await notHere(request, context);
  const problem = response.status === 401 ? wrongMethod(request) : null;
  return problem ? problemResponse(problem, response.headers.get('x-request-id') ?? '') : response;
}

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };
