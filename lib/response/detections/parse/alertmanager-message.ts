import type { Mark } from '@/lib/response/detections/contract';
import { type EventTime, readEventTime } from './event-time';
import { type EventField, fieldsOf, storableText } from './fields';
import { digestOfParts } from './identity';
import {
  isJsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  memberOf,
  parseLossless,
  textOf,
  writeLossless,
} from './lossless-json';

/** One alert of a message: an episode is named by its fingerprint and its start. */
export interface AlertEpisode {
  fingerprint: string;
  startsAt: EventTime;
  endsAt: EventTime;
  isResolved: boolean;
  labels: EventField[];
  annotations: EventField[];
  alertname: string;
  severityGiven: string | null;
  summary: string;
  generatorUrl: string;
  marks: Mark[];
  /** Its JSON as it was sent. */
  raw: string;
}

/** A webhook message of Alertmanager, version 4. */
export interface AlertmanagerMessage {
  groupKey: string;
  receiver: string;
  /** What the group is called: the labels it was made by. */
  groupLabels: EventField[];
  externalUrl: string;
  isResolved: boolean;
  /** Alerts that were left out (`max_alerts`): what they are nobody can know. */
  truncated: number;
  alerts: AlertEpisode[];
}

const NAME_MAX = 200;
const TEXT_MAX = 8 * 1024;
const URL_MAX = 2_000;
const KEY_MAX = 4_000;
const UNNAMED_ALERT = 'unnamed alert';

function textMember(object: JsonObject, name: string, max: number): string {
  const value = memberOf(object, name);
  return value === undefined || value === null ? '' : storableText(textOf(value), max).trim();
}

function labelsIn(object: JsonObject, name: string): { fields: EventField[]; values: JsonObject } {
  const given = memberOf(object, name);
  const values = isJsonObject(given) ? given : {};
  return { fields: fieldsOf(values).fields, values };
}

/** Alertmanager's is 16 hex digits; a message without one gets its own, from the labels. */
function fingerprintOf(alert: JsonObject, labels: JsonObject, marks: Mark[]): string {
  const given = textMember(alert, 'fingerprint', NAME_MAX);
  if (given !== '') return given;
  marks.push('incomplete');
  return digestOfParts([writeLossless(labels, true)])
    .toString('hex')
    .slice(0, 16);
}

function readAlert(alert: JsonObject, commonAnnotations: JsonObject): AlertEpisode {
  const marks: Mark[] = [];
  const labels = labelsIn(alert, 'labels');
  const annotations = labelsIn(alert, 'annotations');
  const startsAt = readEventTime(memberOf(alert, 'startsAt'));
  if (startsAt.ms === null) marks.push('time_unreadable');
  const alertname = textMember(labels.values, 'alertname', NAME_MAX);
  if (alertname === '') marks.push('incomplete');
  const severity = textMember(labels.values, 'severity', NAME_MAX);
  const summary =
    textMember(annotations.values, 'summary', TEXT_MAX) ||
    textMember(annotations.values, 'description', TEXT_MAX) ||
    textMember(commonAnnotations, 'summary', TEXT_MAX);
  return {
    fingerprint: fingerprintOf(alert, labels.values, marks),
    startsAt,
    endsAt: readEventTime(memberOf(alert, 'endsAt')),
    isResolved: textMember(alert, 'status', NAME_MAX).toLowerCase() === 'resolved',
    labels: labels.fields,
    annotations: annotations.fields,
    alertname: alertname || UNNAMED_ALERT,
    severityGiven: severity === '' ? null : severity,
    summary,
    generatorUrl: textMember(alert, 'generatorURL', URL_MAX),
    marks,
    raw: storableText(writeLossless(alert)),
  };
}

function countOf(value: JsonValue | undefined): number {
  const count = value instanceof JsonNumber ? Math.trunc(value.value) : 0;
  return Number.isSafeInteger(count) && count > 0 ? Math.min(count, 2_147_483_647) : 0;
}

/** The group's own key; a payload without one is grouped by its labels. */
function groupKeyOf(message: JsonObject): string {
  const given = textMember(message, 'groupKey', KEY_MAX);
  if (given !== '') return given;
  const labels = memberOf(message, 'groupLabels') ?? memberOf(message, 'commonLabels') ?? {};
  return `labels:${writeLossless(labels, true).slice(0, KEY_MAX)}`;
}

/** @returns the message, or why it cannot be read */
export function readAlertmanagerMessage(text: string): AlertmanagerMessage | { problem: string } {
  let message: JsonValue;
  try {
    message = parseLossless(text);
  } catch (error) {
    return {
      problem: `Not valid JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown'}.`,
    };
  }
  if (!isJsonObject(message)) return { problem: 'Not a JSON object.' };
  const given = memberOf(message, 'alerts');
  if (!Array.isArray(given)) return { problem: 'It has no list "alerts". Use the standard webhook payload.' };
  const common = memberOf(message, 'commonAnnotations');
  const alerts = given
    .filter(isJsonObject)
    .map((alert) => readAlert(alert, isJsonObject(common) ? common : {}));
  if (alerts.length === 0 && given.length > 0) return { problem: 'None of its alerts is an object.' };
  const groupLabels = memberOf(message, 'groupLabels');
  return {
    groupKey: groupKeyOf(message),
    receiver: textMember(message, 'receiver', NAME_MAX),
    groupLabels: isJsonObject(groupLabels) ? fieldsOf(groupLabels).fields : [],
    externalUrl: textMember(message, 'externalURL', URL_MAX),
    isResolved: textMember(message, 'status', NAME_MAX).toLowerCase() === 'resolved',
    truncated: countOf(memberOf(message, 'truncatedAlerts')),
    alerts,
  };
}

/** Labels as one line, such as `alertname=GateDown job=gate`. */
export function labelLine(fields: readonly EventField[], max = 300): string {
  return storableText(fields.map(({ name, text }) => `${name}=${text}`).join(' '), max);
}
