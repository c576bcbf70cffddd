import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
import {
  blockDto,
  blockListDto,
  createBlockInput,
  liftBlockInput,
  listBlocksInput,
  restoreBlockInput,
} from './contract';

const tag = {
  name: 'Blocks',
  description:
    'What every gate refuses: addresses, keys, owners, users, sessions, user agents and routes, for a time and with a reason.',
};

const write = { permission: 'blocks:write', answer: blockDto } as const;

export const blocksApi: ApiRoom = {
  tag,
  schemas: { Block: blockDto, BlockList: blockListDto },
  paths: describeRoutes(tag.name, {
    'GET /blocks': {
      id: 'listBlocks',
      summary: 'List blocks',
      description: 'Newest first; expired and lifted ones stay listed.',
      permission: 'blocks:read',
      input: listBlocksInput,
      answer: blockListDto,
    },
    'POST /blocks': {
      id: 'createBlock',
      summary: 'Block something',
      description:
        'No request that begins after this is answered passes any gate. A block that hits the caller is refused with `would_lock_you_out` unless `confirm` is true. A user of Supabase is banned there as well.',
      ...write,
      input: createBlockInput,
      status: 201,
      isRepeatable: true,
      refusals: ['unprocessable', 'would_lock_you_out'],
    },
    'POST /blocks/{id}/lift': {
      id: 'liftBlock',
      summary: 'Lift a block',
      ...write,
      input: liftBlockInput,
    },
    'POST /blocks/{id}/restore': {
      id: 'restoreBlock',
      summary: 'Take back a lift',
      description: 'Within 60 minutes; the block ends when it would have ended.',
      ...write,
      input: restoreBlockInput,
      refusals: ['would_lock_you_out'],
    },
  }),
};
