import { z } from 'zod';
import { canonicalAddress } from '@/lib/platform/core/address';
import { plainLine } from '@/lib/platform/core/plain-line';

/** What a block can be of, with the words a reader sees. `user`: of Supabase or of the console. */
export const BLOCK_KINDS = {
  ip: 'Address or network',
  key: 'API key',
  owner: 'Owner of keys',
  user: 'User',
  session: 'Supabase session',
  user_agent: 'User agent',
  route: 'Route',
} as const;
export type BlockKind = keyof typeof BLOCK_KINDS;
export const BLOCK_KIND_NAMES = Object.keys(BLOCK_KINDS) as [BlockKind, ...BlockKind[]];

export const BLOCK_STATES = ['active', 'expired', 'lifted'] as const;
export type BlockState = (typeof BLOCK_STATES)[number];

/** Active blocks of one tenant: every gate holds all of them in memory. */
export const ACTIVE_BLOCKS_MAX = 10_000;
/** Of these every request is compared with each one, so they are fewer. */
export const ACTIVE_PATTERNS_MAX = 200;
/** After this time a lifted block is not restored but made anew. */
export const RESTORE_MINUTES = 60;

/** An active block as deciding needs it; times in Unix milliseconds. */
export interface BlockRow {
  tenantId: string;
  id: string;
  kind: BlockKind;
  /** In its canonical form: a network for `ip`, an id, a pattern. */
  value: string;
  reason: string;
  expiresAtMs: number | null;
}

/**
 * `value` by kind: an address or CIDR; an id; for `user_agent` a part of it in letters of any case, or a pattern in
 * which `*` stands for anything; for `route` `[METHOD ][host]/path`, with `*` likewise. `duration` such as `1h`, null:
 * until it is lifted. `confirm`: also where the block hits the caller.
 */
export const createBlockInput = z.strictObject({
  kind: z.enum(BLOCK_KIND_NAMES),
  value: plainLine(300, 'Enter a value to block.'),
  reason: plainLine(500, 'Say why.'),
  duration: z
    .string()
    .regex(/^[1-9]\d{0,5}[smhd]$/, 'Enter a duration such as 15m, 24h or 7d.')
    .nullable(),
  confirm: z.boolean().default(false),
});
export type CreateBlockInput = z.input<typeof createBlockInput>;

export const liftBlockInput = z.strictObject({ reason: plainLine(500, 'Say why.').optional() });
export type LiftBlockInput = z.input<typeof liftBlockInput>;

/** `confirm`: also where the block hits the caller. */
export const restoreBlockInput = z.strictObject({ confirm: z.boolean().default(false) });
export type RestoreBlockInput = z.input<typeof restoreBlockInput>;

/** `q`: letters of any case within value and reason. `covers`: address blocks that this address falls under. */
export const listBlocksInput = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  state: z.enum(BLOCK_STATES).optional(),
  kind: z.enum(BLOCK_KIND_NAMES).optional(),
  covers: z
    .union([z.ipv4(), z.ipv6()], 'Enter an IP address such as 192.0.2.7.')
    .transform((text) => canonicalAddress(text) ?? text)
    .optional(),
  q: z.string().max(100).optional(),
});
export type ListBlocksInput = z.input<typeof listBlocksInput>;

const dateText = z.iso.datetime();

export const blockDto = z.object({
  id: z.uuid(),
  kind: z.enum(BLOCK_KIND_NAMES),
  value: z.string(),
  /** The name of the key, owner or user that `value` is the id of, where this tenant knows it. */
  label: z.string().nullable(),
  reason: z.string(),
  state: z.enum(BLOCK_STATES),
  createdBy: z.object({ userId: z.uuid(), name: z.string() }).nullable(),
  createdAt: dateText,
  expiresAt: dateText.nullable(),
  liftedAt: dateText.nullable(),
  liftedBy: z.object({ userId: z.uuid(), name: z.string() }).nullable(),
  /** Until when it can be restored; null where it cannot. */
  restoreUntil: dateText.nullable(),
});
export type BlockDto = z.infer<typeof blockDto>;

export const blockListDto = z.object({ items: z.array(blockDto), nextCursor: z.string().nullable() });
export type BlockListDto = z.infer<typeof blockListDto>;
