import type { DetectionDto, FieldDto } from '@/lib/response/detections/view-contract';

export const FIELDS_MAX = 8;
/** What tells one use of a rule from another; chosen at first where the event has it. */
const TELLING: readonly string[] = [
  'proc.cmdline',
  'proc.name',
  'container.image.repository',
  'k8s.ns.name',
  'user.name',
  'fd.name',
  'alertname',
  'instance',
  'job',
];
/** They differ in every event, so that an exception on them would never cover another one. */
const FLEETING = /(^|\.)(pid|ppid|time|num|duration|uid|id|full_id|sid|vpid|tid)(\.|\[|$)|^(evt|thread)\./;
const NAME = /^[A-Za-z][A-Za-z0-9_.[\]-]*$/;
const LABEL = 'label ';

/** A field that an exception may compare; of an alert its labels. */
export interface Choice {
  name: string;
  value: string;
  isFleeting: boolean;
}

export function choicesOf(kind: DetectionDto['kind'], fields: readonly FieldDto[]): Choice[] {
  return fields.flatMap(({ name: given, text, kind: type }) => {
    if (kind === 'alertmanager' && !given.startsWith(LABEL)) return [];
    const name = kind === 'alertmanager' ? given.slice(LABEL.length) : given;
    const isUsable = NAME.test(name) && text !== '' && text.length <= 4_096 && type !== 'null';
    return isUsable ? [{ name, value: text, isFleeting: FLEETING.test(name) }] : [];
  });
}

/** At first: what tells this use of the rule from others, at most three. */
export function firstChoice(choices: readonly Choice[]): string[] {
  const names = new Set(choices.map(({ name }) => name));
  const telling = TELLING.filter((name) => names.has(name)).slice(0, 3);
  return telling.length > 0
    ? telling
    : choices
        .filter(({ isFleeting }) => !isFleeting)
        .slice(0, 1)
        .map(({ name }) => name);
}

export const fieldsOf = (choices: readonly Choice[], chosen: ReadonlySet<string>): Record<string, string> =>
  Object.fromEntries(choices.filter(({ name }) => chosen.has(name)).map(({ name, value }) => [name, value]));
