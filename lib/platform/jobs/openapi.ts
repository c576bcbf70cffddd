import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { deadLetterListDto, listDeadLettersInput, queueListDto, settledJobDto } from './contract';

const tag = { name: 'Jobs', description: 'Background jobs: queues and dead letters.' };

export const jobsApi: ApiRoom = {
  tag,
  schemas: { QueueList: queueListDto, DeadLetterList: deadLetterListDto },
  paths: describeRoutes(tag.name, {
    'GET /jobs/queues': {
      id: 'listQueues',
      summary: 'List the queues with the jobs of this tenant',
      permission: 'settings:read',
      answer: queueListDto,
    },
    'GET /jobs/dead-letters': {
      id: 'listDeadLetters',
      summary: 'List jobs that failed for good, newest first',
      permission: 'settings:read',
      input: listDeadLettersInput,
      answer: deadLetterListDto,
    },
    'POST /jobs/dead-letters/{id}/retry': {
      id: 'retryJob',
      summary: 'Put a failed job back into its queue',
      permission: 'jobs:write',
      answer: settledJobDto,
    },
    'POST /jobs/dead-letters/{id}/discard': {
      id: 'discardJob',
      summary: 'Discard a failed job',
      permission: 'jobs:write',
      answer: settledJobDto,
    },
  }),
};
