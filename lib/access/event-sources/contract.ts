import { z } from 'zod';
import { plainLine } from '@/lib/platform/core/plain-line';

/** Active tokens of one source: the old one and the new one while Falco is configured anew. */
export const ACTIVE_TOKENS_MAX = 3;
export const SOURCES_MAX = 500;

/** One token with its source, as the gate decides on it. */
export interface SourceRow {
  tenantId: string;
  sourceId: string;
  tokenId: string;
  publicId: string;
  digest: string;
  pepperId: string;
  name: string;
  allowedCidrs: string[];
  clientSubject: string | null;
  isRevoked: boolean;
}

const network = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'Enter an IP address or CIDR range such as 10.0.0.0/8.',
);
const EVERYWHERE = new Set(['0.0.0.0/0', '::/0']);

const bound = {
  allowedCidrs: z
    .array(network)
    .max(50)
    .refine(
      (list) => !list.some((one) => EVERYWHERE.has(one)),
      'Name networks smaller than the whole internet.',
    ),
  /** The subject of its client certificate as the proxy writes it, or its CN alone. */
  clientSubject: plainLine(500, 'Enter the subject of the client certificate.').nullable(),
};

const isBound = ({ allowedCidrs, clientSubject }: { allowedCidrs: string[]; clientSubject: string | null }) =>
  allowedCidrs.length > 0 || clientSubject !== null;
const UNBOUND =
  'Set allowed networks, a client certificate, or both: a token in a URL is not enough by itself.';

export const createSourceInput = z
  .strictObject({
    name: plainLine(60, 'Enter a name.'),
    allowedCidrs: bound.allowedCidrs.default([]),
    clientSubject: bound.clientSubject.default(null),
  })
  .refine(isBound, { message: UNBOUND, path: ['allowedCidrs'] });
export type CreateSourceInput = z.input<typeof createSourceInput>;

export const updateSourceInput = z.strictObject({
  name: plainLine(60, 'Enter a name.').optional(),
  allowedCidrs: bound.allowedCidrs.optional(),
  clientSubject: bound.clientSubject.optional(),
});
export type UpdateSourceInput = z.input<typeof updateSourceInput>;
export const sourceBinding = { isBound, message: UNBOUND };

export const revokeSourceInput = z.strictObject({ reason: plainLine(300, 'Say why.') });
export type RevokeSourceInput = z.input<typeof revokeSourceInput>;

const dateText = z.iso.datetime();

export const sourceTokenDto = z.object({
  id: z.uuid(),
  /** `bws_ab12`: what may be shown of the token, with `last4`. */
  prefix: z.string(),
  last4: z.string(),
  createdAt: dateText,
  revokedAt: dateText.nullable(),
});
export type SourceTokenDto = z.infer<typeof sourceTokenDto>;

export const sourceDto = z.object({
  id: z.uuid(),
  name: z.string(),
  allowedCidrs: z.array(z.string()),
  clientSubject: z.string().nullable(),
  createdAt: dateText,
  revokedAt: dateText.nullable(),
  revokedReason: z.string().nullable(),
  tokens: z.array(sourceTokenDto),
  version: z.number().int(),
});
export type SourceDto = z.infer<typeof sourceDto>;
export const sourceListDto = z.object({ items: z.array(sourceDto), nextCursor: z.null() });
export type SourceListDto = z.infer<typeof sourceListDto>;

/** `token` and `url` only in the answer that made it; null in a repeat with the same Idempotency-Key. */
export const sourceWithTokenDto = z.object({
  source: sourceDto,
  token: z.string().nullable(),
  url: z.string().nullable(),
  replayed: z.boolean(),
});
export type SourceWithTokenDto = z.infer<typeof sourceWithTokenDto>;
