import { Webhook } from 'standardwebhooks';
import type { OutboundRequest } from '@/lib/platform/core/outbound/outbound';
import { headlineOf, type Message, noticeUrl } from './message';

/** The body of a webhook. `type` is a notification type, or `notification.test`. */
function payloadOf(message: Message): string {
  const [notice] = message.notices;
  const tenant = { id: message.tenantId, name: message.tenantName };
  if (!notice) {
    const data = { tenant, title: headlineOf(message), url: `${message.consoleUrl}/settings/notifications` };
    return JSON.stringify({ type: 'notification.test', timestamp: message.sentAt.toISOString(), data });
  }
  return JSON.stringify({
    type: notice.type,
    timestamp: notice.createdAt.toISOString(),
    data: {
      id: notice.id,
      tenant,
      severity: notice.severity,
      subject: notice.subject,
      title: notice.words.title,
      body: notice.words.body,
      url: noticeUrl(message, notice),
      details: notice.data,
    },
  });
}

/**
 * A request in the form of Standard Webhooks: `webhook-id` names the notice and stays the same when it is sent again;
 * while a secret is being replaced, `webhook-signature` holds one signature for each.
 */
export function webhookRequest(message: Message, url: string, secrets: readonly string[]): OutboundRequest {
  const body = payloadOf(message);
  const id = `msg_${message.notices[0]?.id ?? message.deliveryId}`;
  return {
    url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Bulwark',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(message.sentAt.getTime() / 1000)),
      'webhook-signature': secrets
        .map((secret) => new Webhook(secret).sign(id, message.sentAt, body))
        .join(' '),
    },
    body,
  };
}
