import { BLOCK_KINDS, type BlockDto, liftBlockInput, listBlocksInput } from '@/lib/access/blocks/contract';
import { liftBlock } from '@/lib/access/blocks/lift-block';
import { listBlocks } from '@/lib/access/blocks/queries';
import { invalidInput } from '@/lib/platform/auth/request/api-input';
import { type Command, textOf, UsageError } from './command';
import { tableOf } from './table';

const shared = { tenant: { type: 'string' }, json: { type: 'boolean' } } as const;
const minuteOf = (iso: string | null, otherwise: string) => iso?.slice(0, 16).replace('T', ' ') ?? otherwise;

function rowOf(block: BlockDto): string[] {
  const { id, kind, value, state, expiresAt, reason } = block;
  return [id, BLOCK_KINDS[kind], value, state, minuteOf(expiresAt, 'never'), reason];
}

export const blocksList: Command = {
  name: 'blocks list',
  usage:
    '[--state active|expired|lifted] [--q <text>] [--limit 50] [--cursor <cursor>] [--tenant <slug>] [--json]',
  summary: 'List what is blocked in a tenant, newest first',
  record: 'required',
  options: {
    ...shared,
    state: { type: 'string' },
    q: { type: 'string' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  async run({ values, actor }) {
    const { tenant: _tenant, json, ...filter } = values;
    const input = listBlocksInput.safeParse(filter);
    if (!input.success) throw invalidInput(input.error);
    const page = await listBlocks(actor, input.data);
    if (json) return { isOk: true, lines: [JSON.stringify(page, null, 2)] };
    if (page.items.length === 0) return { isOk: true, lines: ['No blocks.'] };
    const head = ['id', 'kind', 'value', 'state', 'ends (UTC)', 'reason'];
    const more = page.nextCursor ? [`More: add --cursor ${page.nextCursor}`] : [];
    return { isOk: true, lines: [...tableOf([head, ...page.items.map(rowOf)]), ...more] };
  },
};

export const blocksLift: Command = {
  name: 'blocks lift',
  usage: '<id> [--reason <text>] [--tenant <slug>] [--json]',
  summary: 'Lift a block immediately, including one that locks operators out of the console',
  record: 'required',
  options: { ...shared, reason: { type: 'string' } },
  async run({ values, positionals, actor }) {
    const [id] = positionals;
    if (!id) throw new UsageError('Missing block ID. Run "bulwark blocks list" to find it.');
    const input = liftBlockInput.safeParse({ reason: textOf(values, 'reason') });
    if (!input.success) throw invalidInput(input.error);
    const block = await liftBlock(actor, id, input.data);
    const sentence = `Lifted the block on ${block.value}. Requests are no longer denied.`;
    return { isOk: true, lines: [values.json ? JSON.stringify(block, null, 2) : sentence] };
  },
};
