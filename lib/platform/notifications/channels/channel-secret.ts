import { randomBytes } from 'node:crypto';
import { seal, unseal } from '@/lib/platform/core/seal';

const place = (tenantId: string, channelId: string) => `notification channel ${tenantId} ${channelId}`;

/** Slack: the URL. Webhook: the signing secret. It opens only in the row of its own channel. */
export const sealChannelSecret = (text: string, tenantId: string, channelId: string): string =>
  seal(text, place(tenantId, channelId));

export const openChannelSecret = (sealed: string, tenantId: string, channelId: string): string =>
  unseal(sealed, place(tenantId, channelId));

/** A signing secret in the form of Standard Webhooks: 32 random bytes. */
export const newSigningSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
