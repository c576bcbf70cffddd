import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { watchedFileListDto } from '@/lib/platform/core/watched-files-contract';
import { standingDto } from '@/lib/platform/facts/contract';
import { healthDto, overviewDto } from './contract';

const tag = { name: 'Overview', description: 'What needs attention, and whether the installation works.' };

export const overviewApi: ApiRoom = {
  tag,
  schemas: { Overview: overviewDto, Standing: standingDto, Health: healthDto },
  paths: describeRoutes(tag.name, {
    'GET /overview': {
      id: 'getOverview',
      summary: 'Get what needs attention',
      permission: 'keys:read',
      answer: overviewDto,
    },
    'GET /standing': {
      id: 'getStanding',
      summary: 'Get whether something is wrong',
      description: 'Every fact that holds, worst first, each with the list of exactly its rows.',
      permission: 'keys:read',
      answer: standingDto,
    },
    'GET /policy-files': {
      id: 'listPolicyFiles',
      summary: 'List the policy files and what is wrong with them',
      description: 'As the console has them. A file with problems is not in effect: its previous version is.',
      permission: 'settings:read',
      answer: watchedFileListDto,
    },
    'GET /health': {
      id: 'getHealth',
      summary: 'Get the health of the parts of this installation',
      permission: 'settings:read',
      answer: healthDto,
    },
  }),
};
