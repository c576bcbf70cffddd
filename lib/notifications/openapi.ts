import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
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
    'Who is told what, and how: channels, routes, quiet hours, mutes, the log of deliveries, and the inbox of a person. Webhooks are signed as Standard Webhooks describe.',
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
        "A webhook's answer holds its signing secret, once. Private addresses need OUTBOUND_ALLOW.",
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
      summary: 'Send a test notice',
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
      description: 'What waits for it fails and can be sent again later.',
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
      summary: 'List the mutes that hold now',
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
      summary: 'Get a delivery with its notices and every attempt',
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
      summary: 'List your notices',
      permission: 'session',
      input: listInboxInput,
      answer: inboxDto,
    },
    'POST /notifications/inbox/read': {
      id: 'markInboxRead',
      summary: 'Mark notices as read',
      permission: 'session',
      input: markReadInput,
      answer: markedDto,
    },
  }),
};
