import { type BodyEncoding, EVENT_BODY_MAX } from '@/lib/access/gate/intake-contract';
import {
  type AlertmanagerMessage,
  readAlertmanagerMessage,
} from '@/lib/response/detections/parse/alertmanager-message';
import { type FalcoEvent, readFalcoEvent } from '@/lib/response/detections/parse/falco-event';
import { oneLine, storableText } from '@/lib/response/detections/parse/fields';
import { redactSecrets } from '@/lib/response/detections/parse/redact-secrets';
import { type SplitBody, splitBody } from '@/lib/response/detections/parse/split-body';
import { decodeBody } from './decode-body';

/** An event with what was taken out of it. */
export interface ReadEvent {
  event: FalcoEvent;
  /** Public ids of Bulwark's keys that stood in it. */
  keys: string[];
}

export interface ReadBody<T> {
  items: T[];
  /** One sentence for each part that could not be read. */
  problems: string[];
}

const PROBLEMS_SHOWN = 5;

interface Sent {
  body: Uint8Array;
  /** As sent. */
  bodyBytes: number;
  encoding: BodyEncoding;
}

function splitSent({ body, bodyBytes, encoding }: Sent): SplitBody | { problem: string } {
  if (bodyBytes > EVENT_BODY_MAX)
    return { problem: `The body has ${bodyBytes} bytes; at most ${EVENT_BODY_MAX} are read.` };
  const decoded = decodeBody(body, encoding);
  if ('problem' in decoded) return decoded;
  if (decoded.text.trim() === '') return { problem: 'The body is empty.' };
  return splitBody(decoded.text);
}

function readItems<T>(sent: Sent, read: (text: string) => T | { problem: string }): ReadBody<T> {
  const split = splitSent(sent);
  if ('problem' in split) return { items: [], problems: [split.problem] };
  const items: T[] = [];
  const problems = split.problems.map(({ reason, text }) => `${reason} ${storableText(text, 80)}`);
  for (const { text } of split.items) {
    const item = read(text);
    if (typeof item === 'object' && item !== null && 'problem' in item) problems.push(item.problem);
    else items.push(item);
  }
  if (split.leftOut > 0) problems.push(`${split.leftOut} events beyond the first 1,000 were not read.`);
  if (items.length === 0 && problems.length === 0) problems.push('The body holds no event.');
  return { items, problems };
}

/** The events of a body of Falco. */
export function readFalcoBody(sent: Sent): ReadBody<ReadEvent> {
  return readItems(sent, (text) => {
    const { text: clean, keys, isChanged } = redactSecrets(storableText(text));
    const event = readFalcoEvent(clean);
    if ('problem' in event) return event;
    if (isChanged) event.marks.push('secret_redacted');
    return { event, keys };
  });
}

/** The messages of a body of Alertmanager: one as a rule. */
export function readAlertmanagerBody(sent: Sent): ReadBody<AlertmanagerMessage> {
  return readItems(sent, (text) => readAlertmanagerMessage(redactSecrets(storableText(text)).text));
}

/** What is said of the problems of a body, also to a terminal; null where there are none. */
export function problemText(problems: readonly string[]): string | null {
  if (problems.length === 0) return null;
  const more = problems.length > PROBLEMS_SHOWN ? ` And ${problems.length - PROBLEMS_SHOWN} more.` : '';
  return oneLine(`${problems.slice(0, PROBLEMS_SHOWN).join(' ')}${more}`, 1_000);
}
