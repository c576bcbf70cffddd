import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { healthDto, overviewDto } from './contract';

const tag = { name: 'Overview', description: 'What needs attention, and whether the installation works.' };

export const overviewApi: ApiRoom = {
  tag,
  schemas: { Overview: overviewDto, Health: healthDto },
  paths: describeRoutes(tag.name, {
    'GET /overview': {
      id: 'getOverview',
      summary: 'Get what needs attention',
      permission: 'keys:read',
      answer: overviewDto,
    },
    'GET /health': {
      id: 'getHealth',
      summary: 'Get the health of the parts of this installation',
      permission: 'settings:read',
      answer: healthDto,
    },
  }),
};
