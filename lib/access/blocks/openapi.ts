import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
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
    'Addresses, keys, owners, users, sessions, user agents and routes that every gate denies. Each block has a reason and, optionally, an end.',
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
        'Every gate denies matching requests that start after this response. A block that matches the caller fails with `would_lock_you_out` unless `confirm` is true. Supabase users are also banned in Supabase.',
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
      summary: 'Restore a lifted block',
      description: 'Within 60 minutes; the block ends when it would have ended.',
      ...write,
      input: restoreBlockInput,
      refusals: ['would_lock_you_out'],
    },
  }),
};
