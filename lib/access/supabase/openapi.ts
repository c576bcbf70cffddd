import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { lookUpUsersInput, supabaseUserDto, supabaseUserListDto } from './contract';

const tag = {
  name: 'Supabase',
  description:
    'Users of the connected Supabase project. Block one with `POST /blocks`, kind `user` or `session`.',
};

export const supabaseApi: ApiRoom = {
  tag,
  schemas: { SupabaseUser: supabaseUserDto, SupabaseUserList: supabaseUserListDto },
  paths: describeRoutes(tag.name, {
    'GET /supabase/users': {
      id: 'lookUpSupabaseUsers',
      summary: 'Look up users at Supabase',
      description: 'Answers 404 where no service key is configured.',
      permission: 'blocks:write',
      input: lookUpUsersInput,
      answer: supabaseUserListDto,
    },
  }),
};
