import { z } from 'zod';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { AppError } from '@/lib/platform/core/errors';

/** What no other route answers: a problem document like every other refusal, recorded like every other access. */
const notFound = apiRoute({
  permission: 'anybody',
  input: z.unknown(),
  body: 'stream',
  run: async () => {
    throw new AppError(
      'not_found',
      'This API path does not exist. See /api/openapi.json for the available paths.',
    );
  },
});

export { notFound as DELETE, notFound as GET, notFound as PATCH, notFound as POST, notFound as PUT };
