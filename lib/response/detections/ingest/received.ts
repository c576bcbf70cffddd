import type { AlertmanagerMessage } from '@/lib/response/detections/parse/alertmanager-message';
import type { Origin } from './drafts';
import type { ReadEvent } from './read-delivery';

interface Received {
  receivedMs: number;
  deliveryId: string;
  origin: Origin;
  isTest: boolean;
}

/** An event with what is known of its delivery. */
export interface ReceivedEvent extends ReadEvent, Received {}

/** A message of Alertmanager with what is known of its delivery. */
export interface ReceivedMessage extends Received {
  message: AlertmanagerMessage;
}
