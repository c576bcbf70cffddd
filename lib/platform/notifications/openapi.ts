import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  channelDto,
  channelListDto,
  channelWithSecretDto,
  createChannelInput,
  createMuteInput,
  deliveryDetailDto,
  deliveryDto,
  deliveryListDto,
  disableChannelInput,
  inboxDto,
  inboxItemDto,
  listDeliveriesInput,
  listInboxInput,
  markedDto,
  markReadInput,
  muteDto,
  muteListDto,
  policyDto,
  rotateSecretInput,
  updateChannelInput,
  updatePolicyInput,
} from './contract';

const tag = {
  name: 'Notifications',
  description:
    'Notification channels, routing, quiet hours, mutes, the delivery log and the personal inbox. Webhooks are signed as Standard Webhooks describe.',
};

const read = { permission: 'notifications:read' } as const;
const write = { permission: 'notifications:write' } as const;
const queued = z.object({ deliveryId: z.uuid() });

export const notificationsApi: ApiRoom = {
  tag,
  schemas: {
    NotificationChannel: channelDto,
    NotificationChannelWithSecret: channelWithSecretDto,
    NotificationPolicy: policyDto,
    NotificationMute: muteDto,
    NotificationDelivery: deliveryDto,
    NotificationDeliveryDetail: deliveryDetailDto,
    InboxItem: inboxItemDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /notifications/channels': {
      id: 'listNotificationChannels',
      summary: 'List channels',
      ...read,
      answer: channelListDto,
    },
    'POST /notifications/channels': {
      id: 'createNotificationChannel',
      summary: 'Add a channel',
      description:
        'For a webhook, the response contains the signing secret. It is shown only once. Private addresses must be listed in OUTBOUND_ALLOW.',
      ...write,
      input: createChannelInput,
      answer: channelWithSecretDto,
      status: 201,
      isRepeatable: true,
      refusals: ['unprocessable'],
    },
    'GET /notifications/channels/{id}': {
      id: 'getNotificationChannel',
      summary: 'Get a channel',
      ...read,
      answer: channelDto,
      isTagged: true,
    },
    'PATCH /notifications/channels/{id}': {
      id: 'updateNotificationChannel',
      summary: 'Change a channel',
      ...write,
      input: updateChannelInput,
      answer: channelDto,
      isTagged: true,
      refusals: ['unprocessable'],
    },
    'POST /notifications/channels/{id}/test': {
      id: 'testNotificationChannel',
      summary: 'Send a test notification',
      ...write,
      answer: queued,
      refusals: ['unprocessable'],
    },
    'POST /notifications/channels/{id}/enable': {
      id: 'enableNotificationChannel',
      summary: 'Enable a channel',
      ...write,
      answer: channelDto,
    },
    'POST /notifications/channels/{id}/disable': {
      id: 'disableNotificationChannel',
      summary: 'Disable a channel',
      description: 'Pending deliveries to this channel fail. You can resend them later.',
      ...write,
      input: disableChannelInput,
      answer: channelDto,
    },
    'POST /notifications/channels/{id}/rotate-secret': {
      id: 'rotateNotificationSecret',
      summary: 'Replace the signing secret of a webhook',
      description: 'Until the overlap ends each request carries a signature of both secrets.',
      ...write,
      input: rotateSecretInput,
      answer: channelWithSecretDto,
      refusals: ['unprocessable'],
    },
    'GET /notifications/policy': {
      id: 'getNotificationPolicy',
      summary: 'Get routes, quiet hours and the time of the daily summary',
      ...read,
      answer: policyDto,
      isTagged: true,
    },
    'PATCH /notifications/policy': {
      id: 'updateNotificationPolicy',
      summary: 'Change routes, quiet hours or the time of the daily summary',
      ...write,
      input: updatePolicyInput,
      answer: policyDto,
      isTagged: true,
    },
    'GET /notifications/mutes': {
      id: 'listNotificationMutes',
      summary: 'List active mutes',
      ...read,
      answer: muteListDto,
    },
    'POST /notifications/mutes': {
      id: 'createNotificationMute',
      summary: 'Mute a type, an object, or both',
      ...write,
      input: createMuteInput,
      answer: muteDto,
      status: 201,
    },
    'POST /notifications/mutes/{id}/end': {
      id: 'endNotificationMute',
      summary: 'End a mute',
      ...write,
      answer: muteDto,
    },
    'GET /notifications/deliveries': {
      id: 'listNotificationDeliveries',
      summary: 'List deliveries',
      description: 'Newest first.',
      ...read,
      input: listDeliveriesInput,
      answer: deliveryListDto,
    },
    'GET /notifications/deliveries/{id}': {
      id: 'getNotificationDelivery',
      summary: 'Get a delivery with its notifications and attempts',
      ...read,
      answer: deliveryDetailDto,
    },
    'POST /notifications/deliveries/{id}/redeliver': {
      id: 'redeliverNotification',
      summary: 'Send a finished delivery again',
      description: 'As a new delivery; a webhook gets the same `webhook-id`.',
      ...write,
      answer: queued,
    },
    'GET /notifications/inbox': {
      id: 'listInbox',
      summary: 'List your notifications',
      permission: 'session',
      input: listInboxInput,
      answer: inboxDto,
    },
    'POST /notifications/inbox/read': {
      id: 'markInboxRead',
      summary: 'Mark notifications as read',
      permission: 'session',
      input: markReadInput,
      answer: markedDto,
    },
  }),
};
