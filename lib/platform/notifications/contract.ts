import { z } from 'zod';
import { plainLine } from '@/lib/platform/core/plain-line';
import { CHANNEL_KINDS, NOTIFICATION_TYPE_NAMES, ROUTE_MODES, SEVERITIES } from './notice-contract';

export const CHANNELS_MAX = 20;

const idText = z.uuid();
const dateText = z.iso.datetime();
const cursorText = z.string().min(1).max(400).optional();
const page = { cursor: cursorText, limit: z.coerce.number().int().min(1).max(200).default(50) };

const channelName = plainLine(60);
const address = plainLine(2000).describe(
  'An https address; private networks only where OUTBOUND_ALLOW names them',
);
export const mailbox = z
  .email('Enter an email address such as team@example.org.')
  .max(254)
  // At most 64 characters before the @ (RFC 5321, section 4.5.3.1.1).
  .refine(
    (text) => /^[\x21-\x7e]{1,64}@[\x21-\x7e]+$/.test(text),
    'Enter an email address such as team@example.org.',
  );
const recipients = z.array(mailbox).max(20);

export const createChannelInput = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('email'),
    name: channelName,
    recipients: recipients.default([]),
    toOwner: z.boolean().default(true).describe('Also to whom it concerns: the owner, or the operators'),
  }),
  z.strictObject({ kind: z.literal('slack'), name: channelName, url: address }),
  z.strictObject({ kind: z.literal('webhook'), name: channelName, url: address }),
]);
export type CreateChannelInput = z.input<typeof createChannelInput>;

export const updateChannelInput = z.strictObject({
  name: channelName.optional(),
  recipients: recipients.optional(),
  toOwner: z.boolean().optional(),
  url: address.optional(),
});
export type UpdateChannelInput = z.input<typeof updateChannelInput>;

export const disableChannelInput = z.strictObject({ reason: plainLine(200) });
export const OVERLAPS = ['0', '1h', '24h', '7d'] as const;
export const rotateSecretInput = z.strictObject({
  overlap: z.enum(OVERLAPS).default('24h').describe('How long the old secret signs beside the new one'),
});

export const channelDto = z.object({
  id: idText,
  kind: z.enum(CHANNEL_KINDS),
  name: z.string(),
  /** Where it goes, as far as that is no secret; empty for e-mail. */
  address: z.string(),
  recipients: z.array(z.string()),
  toOwner: z.boolean(),
  isEnabled: z.boolean(),
  disabledReason: z.string().nullable(),
  failures: z.number().int(),
  failingSince: dateText.nullable(),
  lastSuccessAt: dateText.nullable(),
  previousSecretUntil: dateText.nullable(),
  createdAt: dateText,
  version: z.number().int(),
});
export type ChannelDto = z.infer<typeof channelDto>;
export const channelListDto = z.object({ items: z.array(channelDto), nextCursor: z.null() });
export type ChannelListDto = z.infer<typeof channelListDto>;
/** `secret`: what verifies a webhook's signature, in this answer only; null for the other kinds. */
export const channelWithSecretDto = channelDto.extend({ secret: z.string().nullable() });
export type ChannelWithSecretDto = z.infer<typeof channelWithSecretDto>;

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time such as 22:00.');
const timeZone = z.string().max(64).refine(isTimeZone, 'Enter a time zone such as Europe/Amsterdam.');

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

const routeShape = z.strictObject({
  type: z.enum(NOTIFICATION_TYPE_NAMES),
  channelId: idText,
  mode: z.enum(ROUTE_MODES),
});
const quietHours = z.strictObject({ from: clock, to: clock }).nullable();

export const updatePolicyInput = z.strictObject({
  timeZone: timeZone.optional(),
  quietHours: quietHours.optional(),
  digestAt: clock.optional(),
  /** Only the cells that change. */
  routes: z.array(routeShape).max(500).optional(),
});
export type UpdatePolicyInput = z.input<typeof updatePolicyInput>;

/** `routes` holds every type and channel with the mode that applies. */
export const policyDto = z.object({
  timeZone: z.string(),
  quietHours: z.object({ from: z.string(), to: z.string() }).nullable(),
  digestAt: z.string(),
  routes: z.array(routeShape),
  version: z.number().int(),
});
export type PolicyDto = z.infer<typeof policyDto>;

export const MUTE_DAYS_MAX = 90;
export const createMuteInput = z
  .strictObject({
    type: z.enum(NOTIFICATION_TYPE_NAMES).nullable().default(null),
    subjectId: z.string().min(1).max(200).nullable().default(null),
    subjectLabel: plainLine(200).nullable().default(null),
    until: dateText,
    reason: plainLine(500).min(10, 'Say why in at least 10 characters.'),
  })
  .refine(({ type, subjectId }) => type !== null || subjectId !== null, {
    message: 'Choose what to mute: a type, an object, or both.',
    path: ['type'],
  });
export type CreateMuteInput = z.input<typeof createMuteInput>;

export const muteDto = z.object({
  id: idText,
  type: z.enum(NOTIFICATION_TYPE_NAMES).nullable(),
  subjectId: z.string().nullable(),
  subjectLabel: z.string().nullable(),
  reason: z.string(),
  until: dateText,
  createdAt: dateText,
  createdBy: z.string().nullable(),
  /** What it has kept quiet so far. */
  held: z.number().int(),
});
export type MuteDto = z.infer<typeof muteDto>;
export const muteListDto = z.object({ items: z.array(muteDto), nextCursor: z.null() });
export type MuteListDto = z.infer<typeof muteListDto>;

export const DELIVERY_STATES = ['pending', 'sending', 'succeeded', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
export const DELIVERY_KINDS = ['event', 'digest', 'test'] as const;

const many = <S extends z.ZodType>(value: S) =>
  z
    .union([value, z.array(value).min(1).max(20)])
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .optional();

const channelValue = z.string().min(1).max(100).describe('id or name of a channel');

/** A name with `!` appended excludes. */
export const listDeliveriesInput = z.strictObject({
  from: dateText.optional(),
  to: dateText.optional(),
  state: many(z.enum(DELIVERY_STATES)),
  'state!': many(z.enum(DELIVERY_STATES)),
  channel: many(channelValue),
  'channel!': many(channelValue),
  type: many(z.enum(NOTIFICATION_TYPE_NAMES)),
  'type!': many(z.enum(NOTIFICATION_TYPE_NAMES)),
  kind: many(z.enum(DELIVERY_KINDS)),
  'kind!': many(z.enum(DELIVERY_KINDS)),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('letters of the recipient, the channel or the last error'),
  ...page,
});
export type ListDeliveriesInput = z.input<typeof listDeliveriesInput>;

export const deliveryDto = z.object({
  id: idText,
  channelId: idText,
  channelName: z.string(),
  channelKind: z.enum(CHANNEL_KINDS),
  kind: z.enum(DELIVERY_KINDS),
  type: z.string(),
  severity: z.enum(SEVERITIES),
  recipient: z.string(),
  /** The words of its first notice. */
  title: z.string(),
  noticeCount: z.number().int(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.number().int(),
  nextAttemptAt: dateText.nullable(),
  lastStatus: z.number().int().nullable(),
  lastError: z.string().nullable(),
  redeliveryOf: idText.nullable(),
  createdAt: dateText,
  finishedAt: dateText.nullable(),
});
export type DeliveryDto = z.infer<typeof deliveryDto>;
export const deliveryListDto = z.object({ items: z.array(deliveryDto), nextCursor: z.string().nullable() });
export type DeliveryListDto = z.infer<typeof deliveryListDto>;

/** Request and response are cut to 4 KiB and hold no secret. */
export const deliveryAttemptDto = z.object({
  number: z.number().int(),
  at: dateText,
  durationMs: z.number().int(),
  outcome: z.enum(['succeeded', 'retry', 'failed']),
  status: z.number().int().nullable(),
  request: z.string(),
  response: z.string(),
  error: z.string().nullable(),
  retryAt: dateText.nullable(),
});
const noticeShape = {
  id: idText,
  type: z.string(),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  body: z.string(),
  action: z.object({ label: z.string(), path: z.string() }),
  createdAt: dateText,
};
export const deliveryDetailDto = deliveryDto.extend({
  notices: z.array(z.object(noticeShape)),
  attemptLog: z.array(deliveryAttemptDto),
});
export type DeliveryDetailDto = z.infer<typeof deliveryDetailDto>;

export const listInboxInput = z.strictObject({ unread: z.enum(['only', 'any']).default('any'), ...page });
export type ListInboxInput = z.input<typeof listInboxInput>;
export const inboxItemDto = z.object({ ...noticeShape, readAt: dateText.nullable() });
export type InboxItemDto = z.infer<typeof inboxItemDto>;
export const UNREAD_COUNT_MAX = 100;
/** `unread` counts to 100 and no further. */
export const inboxDto = z.object({
  items: z.array(inboxItemDto),
  nextCursor: z.string().nullable(),
  unread: z.number().int(),
});
export type InboxDto = z.infer<typeof inboxDto>;
export const markReadInput = z.union([
  z.strictObject({ ids: z.array(idText).min(1).max(200) }),
  z.strictObject({ all: z.literal(true) }),
]);
export type MarkReadInput = z.input<typeof markReadInput>;
export const markedDto = z.object({ marked: z.number().int() });
