import { FALCO_PRIORITIES, type FalcoPriority, type Mark } from '@/lib/response/detections/contract';
import { type EventTime, readEventTime } from './event-time';
import { type EventField, fieldsOf, memberLike, scalarOf, storableText } from './fields';
import { isJsonObject, type JsonObject, type JsonValue, parseLossless, textOf } from './lossless-json';

/** An event of Falco, whatever it lacks. */
export interface FalcoEvent {
  rule: string;
  /** `syscall`, `k8s_audit` or the plugin's. */
  source: string;
  hostname: string | null;
  priority: FalcoPriority;
  /** The priority as it was sent, where it is none of Falco's. */
  priorityGiven: string | null;
  output: string;
  time: EventTime;
  tags: string[];
  fields: EventField[];
  /** `output_fields` as they came, for keys and exceptions. */
  values: JsonObject;
  marks: Mark[];
  /** Its JSON as it was sent. */
  raw: string;
}

export const UNNAMED_RULE = 'unnamed rule';
const RULE_MAX = 200;
const NAME_MAX = 253;
const OUTPUT_MAX = 64 * 1024;
const TAGS_MAX = 64;
const TAG_MAX = 100;
/** falcosidekick cuts strings over 512 bytes to 507 and these five, once an event exceeds 4,096 bytes. */
const CUT_MARK = '[...]';
const CUT_LENGTH = 512;

/** Rule files also write INFO. */
const PRIORITY_OF: ReadonlyMap<string, FalcoPriority> = new Map([
  ...FALCO_PRIORITIES.map((name): [string, FalcoPriority] => [name.toLowerCase(), name]),
  ['info', 'Informational'],
]);

const NO_VALUES: JsonObject = Object.freeze({});
const isCut = (text: string) => text.length === CUT_LENGTH && text.endsWith(CUT_MARK);

function lineOf(value: JsonValue | undefined, max: number): string | null {
  if (value === undefined || value === null) return null;
  const text = storableText(textOf(value), max).trim();
  return text === '' ? null : text;
}

function priorityOf(event: JsonObject, marks: Mark[]): Pick<FalcoEvent, 'priority' | 'priorityGiven'> {
  const given = lineOf(memberLike(event, 'priority'), TAG_MAX);
  const known = given === null ? undefined : PRIORITY_OF.get(given.toLowerCase());
  if (known) return { priority: known, priorityGiven: null };
  marks.push('priority_unknown');
  return { priority: 'Warning', priorityGiven: given };
}

/** falcosidekick fills an empty source with the plural; both are what Falco calls `syscall`. */
function sourceOf(event: JsonObject): string {
  const source = lineOf(memberLike(event, 'source'), TAG_MAX);
  return source === null || source === 'syscalls' ? 'syscall' : source;
}

function tagsOf(event: JsonObject): string[] {
  const given = memberLike(event, 'tags');
  const list = Array.isArray(given) ? given : [];
  const tags = list.flatMap((tag) => lineOf(tag, TAG_MAX) ?? []);
  return [...new Set(tags)].slice(0, TAGS_MAX);
}

/** Reads an event. It is never refused for what it lacks: each lack is a mark. */
export function readFalcoObject(event: JsonObject, raw: string): FalcoEvent {
  const marks: Mark[] = [];
  const rule = lineOf(memberLike(event, 'rule'), RULE_MAX);
  if (rule === null) marks.push('incomplete');
  const time = readEventTime(memberLike(event, 'time'));
  if (time.ms === null) marks.push('time_unreadable');
  const given = memberLike(event, 'output_fields');
  const values = isJsonObject(given) ? given : NO_VALUES;
  const { fields, isCut: isFieldsCut } = fieldsOf(values);
  if (isFieldsCut) marks.push('fields_cut');
  const output = memberLike(event, 'output') ?? memberLike(event, 'message');
  const outputText = typeof output === 'string' ? storableText(output, OUTPUT_MAX) : '';
  if (isCut(outputText) || fields.some(({ text, kind }) => kind === 'text' && isCut(text)))
    marks.push('shortened');
  return {
    rule: rule ?? UNNAMED_RULE,
    source: sourceOf(event),
    hostname: lineOf(memberLike(event, 'hostname'), NAME_MAX) ?? scalarOf(values, 'evt.hostname'),
    ...priorityOf(event, marks),
    output: outputText,
    time,
    tags: tagsOf(event),
    fields,
    values,
    marks,
    raw,
  };
}

/** @returns the event, or why the text is none */
export function readFalcoEvent(text: string): FalcoEvent | { problem: string } {
  let parsed: JsonValue;
  try {
    parsed = parseLossless(text);
  } catch (error) {
    return {
      problem: `Not valid JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown'}.`,
    };
  }
  if (!isJsonObject(parsed)) return { problem: 'Not a JSON object.' };
  if (Object.keys(parsed).length === 0) return { problem: 'The object is empty.' };
  return readFalcoObject(parsed, text);
}

const INTERNAL = 'Falco internal:';

/** Messages of the sensor about itself: its health, never a detection. */
export const isInternal = ({ rule }: Pick<FalcoEvent, 'rule'>): boolean => rule.startsWith(INTERNAL);
