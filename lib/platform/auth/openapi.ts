import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { meDto, revokedSessionsDto, sessionDto, sessionListDto } from './contract';

const tag = { name: 'You', description: 'Who you are here, and where you are signed in.' };
const own = { permission: 'session' } as const;

export const authApi: ApiRoom = {
  tag,
  schemas: { Me: meDto, Session: sessionDto },
  paths: describeRoutes(tag.name, {
    'GET /me': { id: 'getMe', summary: 'Get who you are and what you may do', ...own, answer: meDto },
    'POST /me/sign-out': {
      id: 'signOut',
      summary: 'End this session',
      ...own,
      answer: z.object({ signedOut: z.literal(true) }),
    },
    'GET /sessions': { id: 'listSessions', summary: 'List your sessions', ...own, answer: sessionListDto },
    'POST /sessions/{id}/revoke': {
      id: 'revokeSession',
      summary: 'End one of your sessions',
      ...own,
      answer: revokedSessionsDto,
    },
    'POST /sessions/revoke-others': {
      id: 'revokeOtherSessions',
      summary: 'End all your sessions but this one',
      ...own,
      answer: revokedSessionsDto,
    },
    'POST /sessions/revoke-all': {
      id: 'revokeAllSessions',
      summary: 'End all your sessions',
      ...own,
      answer: revokedSessionsDto,
    },
  }),
};
