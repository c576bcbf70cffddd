import { z } from 'zod';
import { plainText } from '@/lib/platform/core/plain-line';
import { DETECTION_KIND_NAMES } from './contract';

const dateText = z.iso.datetime();

/** Why a sensor is not healthy; the worst first. `expected`: named in the policy and never heard. */
export const SENSOR_STATES = {
  silent: 'Silent',
  missing: 'Never heard',
  lossy: 'Dropping events',
  unverified: 'No heartbeat',
  healthy: 'Healthy',
  retired: 'Retired',
} as const;
export type SensorState = keyof typeof SENSOR_STATES;
const STATE_NAMES = Object.keys(SENSOR_STATES) as [SensorState, ...SensorState[]];

export const sensorDto = z.object({
  /** Null for a host that the policy expects and that was never heard. */
  id: z.uuid().nullable(),
  kind: z.enum(DETECTION_KIND_NAMES),
  host: z.string(),
  sender: z.object({ type: z.string(), id: z.uuid(), label: z.string() }).nullable(),
  state: z.enum(STATE_NAMES),
  /** One sentence: why it is in that state, and what to do. */
  sentence: z.string(),
  /** Something came of it within the time in which its heartbeat may be missing. */
  isHeard: z.boolean(),
  /** Of a silent one: since when it should have reported. */
  blindSince: dateText.nullable(),
  firstSeenAt: dateText.nullable(),
  lastEventAt: dateText.nullable(),
  lastHeartbeatAt: dateText.nullable(),
  /** Between its heartbeats; assumed until two were seen. */
  intervalSeconds: z.number().int(),
  isIntervalKnown: z.boolean(),
  version: z.string().nullable(),
  kernel: z.string().nullable(),
  engine: z.string().nullable(),
  /** Events of the last 24 hours. */
  events: z.number().int(),
  /** System calls that it saw and lost in the last 24 hours; null where it did not say. */
  seen: z.number().int().nullable(),
  dropped: z.number().int().nullable(),
  /** The worst hour of the last 24, in percent. */
  dropsPercent: z.number().nullable(),
  /** The database's clock less the sensor's; null where it is not known. */
  clockOffsetSeconds: z.number().nullable(),
  isClockOff: z.boolean(),
  rulesDigest: z.string().nullable(),
  retiredBy: z.string().nullable(),
  retiredReason: z.string().nullable(),
  retiredAt: dateText.nullable(),
});
export type SensorDto = z.infer<typeof sensorDto>;

export const lossDto = z.object({
  id: z.uuid(),
  from: dateText,
  to: dateText,
  deliveries: z.number().int(),
  reason: z.string(),
});

export const senderDto = z.object({
  type: z.string(),
  id: z.uuid(),
  label: z.string(),
  events: z.number().int(),
  /** Counted and not kept. */
  summarized: z.number().int(),
  /** Deliveries of which a part could not be read. */
  unreadable: z.number().int(),
  lastAt: dateText,
});

/** `heard` of `known` sensors that are not retired sent something in time. */
export const sensorListDto = z.object({
  items: z.array(sensorDto),
  nextCursor: z.null(),
  known: z.number().int(),
  heard: z.number().int(),
  senders: z.array(senderDto),
  losses: z.array(lossDto),
  /** Deliveries that wait to be read, and since when. */
  waiting: z.number().int(),
  waitingSince: dateText.nullable(),
});
export type SensorListDto = z.infer<typeof sensorListDto>;

export const sensorHourDto = z.object({
  hour: dateText,
  events: z.number().int(),
  heartbeats: z.number().int(),
  seen: z.number().int(),
  dropped: z.number().int(),
});
export const sensorDetailDto = z.object({
  sensor: sensorDto,
  hours: z.array(sensorHourDto),
  facts: z.record(z.string(), z.string()),
});
export type SensorDetailDto = z.infer<typeof sensorDetailDto>;

export const updateSensorInput = z.strictObject({
  isRetired: z.boolean(),
  reason: plainText(300).min(3, 'Say why.'),
});
export type UpdateSensorInput = z.input<typeof updateSensorInput>;

/** A delivery of which something could not be read. */
export const unreadableDto = z.object({
  id: z.uuid(),
  receivedAt: z.string(),
  kind: z.string(),
  sender: z.string(),
  problem: z.string(),
  /** Events of it that could be read. */
  events: z.number().int(),
  bytes: z.number().int(),
  /** Its beginning, as text. */
  body: z.string(),
});
export const listUnreadableInput = z.strictObject({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type ListUnreadableInput = z.input<typeof listUnreadableInput>;
export const unreadableListDto = z.object({
  items: z.array(unreadableDto),
  nextCursor: z.string().nullable(),
});
export type UnreadableListDto = z.infer<typeof unreadableListDto>;
