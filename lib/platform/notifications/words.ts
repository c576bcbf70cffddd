import { EVENT_KINDS, eventsHref } from '@/lib/platform/audit/event-kinds-contract';
import type { NotificationData, NotificationType } from './notice-contract';

/** One notice as people read it: what happened, then what to do. `path` leads to the object in the console. */
export interface Words {
  title: string;
  body: string;
  action: { label: string; path: string };
}

/** A stored notice, as far as its words need it. */
export interface Told {
  type: string;
  subjectType: string;
  subjectId: string | null;
  subjectLabel: string;
  data: Record<string, unknown>;
}

interface Context {
  /** The subject's label, on one line. */
  name: string;
  /** Writes a time in the tenant's zone. */
  at: (iso: string) => string;
}

type Sentences = {
  [T in NotificationType]: (data: NotificationData<T>, context: Context) => { title: string; body: string };
};

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
const from = (ip: string | null) => (ip === null ? '' : ` from ${ip}`);

const MEMBER_WORDS: Record<
  NotificationData<'member.changed'>['change'],
  (name: string, role: string, before: string) => string
> = {
  invited: (name, role) => `${name} was invited as ${role}`,
  invitation_revoked: (name) => `The invitation for ${name} was revoked`,
  joined: (name, role) => `${name} joined as ${role}`,
  role_changed: (name, role, before) => `${name} is now ${role}, was ${before}`,
  disabled: (name) => `${name} was disabled`,
  enabled: (name) => `${name} was enabled again`,
  bootstrapped: (name) => `${name} became the first operator`,
};

const STATE_TITLES: Record<NotificationData<'objective.failing'>['state'], string> = {
  fail: 'Failing',
  unknown: 'Unknown',
  stale: 'Stale',
  excepted: 'Exception',
  warn: 'Passing with warnings',
  pass: 'Passing',
  not_applicable: 'Not applicable',
};

/** With a full stop at its end. */
const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function urgentCounts(critical: number, exploited: number): string {
  const known = plural(exploited, 'known exploited finding', 'known exploited findings');
  if (critical === 0) return known;
  const worst = plural(critical, 'critical finding', 'critical findings');
  return exploited === 0 ? worst : `${worst}, ${exploited} known exploited`;
}

const SENTENCES: Sentences = {
  'key.expiring': ({ daysLeft, expiresAt }, { name, at }) => ({
    title: `Key ${name} expires in ${plural(daysLeft, 'day', 'days')}`,
    body: `It stops working at ${at(expiresAt)}. Extend its expiry date or replace the key before then.`,
  }),
  'key.expired': ({ expiredAt }, { name, at }) => ({
    title: `Key ${name} has expired`,
    body: `It stopped working at ${at(expiredAt)}. Services that still use it are denied. Extend its expiry date or create a new key.`,
  }),
  'key.rotated': ({ rotatedAt, graceUntil, isAutomatic }, { name, at }) => ({
    title: `Key ${name} was rotated${isAutomatic ? ' automatically' : ''}`,
    body: `A new secret has been in use since ${at(rotatedAt)}.${
      graceUntil === null
        ? ''
        : ` The old one works until ${at(graceUntil)}. Update services that still use it.`
    }`,
  }),
  'key.rotation_due': ({ dueAt, delivery }, { name, at }) => ({
    title: `Key ${name} is due for rotation`,
    body: `Due since ${at(dueAt)}. The new secret is ready to collect (${delivery}). The grace period of the old one starts when the new one is first used.`,
  }),
  'key.pending_unused': ({ daysPending, expiresAt }, { name, at }) => ({
    title: `New secret for ${name} has not been used`,
    body: `It has been pending for ${plural(daysPending, 'day', 'days')}. Deploy it to the services that use this key.${
      expiresAt === null
        ? ''
        : ` The old secret stops working at ${at(expiresAt)} even if the new one is not used.`
    }`,
  }),
  'key.retired_used': ({ at: when, ip, userAgent, attempts }, { name, at }) => ({
    title: `Retired secret of ${name} used${from(ip)}`,
    body: `The request was denied at ${at(when)}${attempts && attempts > 1 ? `, ${attempts} times so far` : ''}. A client still has the old secret${
      userAgent ? ` (${userAgent.slice(0, 120)})` : ''
    }. Update it. If you do not recognize the client, the secret may have leaked.`,
  }),
  'limits.exceeded': ({ refused, callers, topCaller, from: start, to }, { at }) => ({
    title: `${plural(refused, 'request was', 'requests were')} denied by rate limits`,
    body: `Between ${at(start)} and ${at(to)}, by ${plural(callers, 'caller', 'callers')}${
      topCaller === null ? '' : `, mostly ${topCaller}`
    }. Raise the limit, or block the caller.`,
  }),
  'gate.degraded': ({ since, reason, failures }, { at }) => ({
    title: 'The gate is degraded',
    body: `${reason} Since ${at(since)}, ${plural(failures, 'failure', 'failures')}. Open Health for details.`,
  }),
  'auth.new_device': ({ at: when, device, ip, isNewDevice }, { at }) => ({
    title: isNewDevice ? `Sign-in from a new device: ${device}` : `Sign-in from a new network${from(ip)}`,
    body: `New sign-in on ${device}${from(ip)} at ${at(when)}. If this was not you, end the session and contact an operator.`,
  }),
  'member.changed': ({ change, by, role, roleBefore }, { name }) => ({
    title: MEMBER_WORDS[change](name, role ?? 'a member', roleBefore ?? 'another role'),
    body: `Changed by ${by}. If this was not expected, check the audit log.`,
  }),
  'anomaly.raised': ({ rule, sentence, at: when }, { at }) => ({
    title: `${rule}: ${sentence.slice(0, 160)}`,
    body: `In the hour starting ${at(when)}: ${sentence} Triage it as a true positive, expected or a false positive.`,
  }),
  'finding.urgent': ({ branch, critical, exploited, examples }, { name }) => ({
    title: `${name}: ${urgentCounts(critical, exploited)}`,
    body: `On ${branch}, not open before${examples.length > 0 ? `: ${examples.join('; ')}` : ''}. Fix the findings, or record a decision with a reason.`,
  }),
  'finding.exploited': ({ findings, open = findings, examples }) => ({
    title:
      open === findings
        ? `${plural(findings, 'open finding is', 'open findings are')} now known to be exploited`
        : `${plural(open, 'open finding is', 'open findings are')} known to be exploited, ${findings} of them new`,
    body: `${examples.join('; ')}. These vulnerabilities are being actively exploited. Fix them first.`,
  }),
  'scan.held': ({ branch, held, reason }, { name }) => ({
    title: `Scan held: ${name}`,
    body: `On ${branch}, this scan is missing ${plural(held, 'finding', 'findings')} from the previous scan. ${reason} Confirm the scan, or reject it and scan again.`,
  }),
  'scan.failed': ({ branch, reason }, { name }) => ({
    title: `Scan failed: ${name}`,
    body: `On ${branch}: ${reason} Run the scan again to get results.`,
  }),
  'objective.failing': ({ state, before, reason }, { name }) => ({
    title: `${STATE_TITLES[state]}: ${name}`,
    body: `${sentence(reason)} Previously: ${STATE_TITLES[before].toLowerCase()}.`,
  }),
  'report.weekly': ({ headline, from: first, to, isLate }) => ({
    title: `Weekly report: ${headline}`,
    body: `${first} to ${to}${isLate ? '. Created after its scheduled time' : ''}.`,
  }),
  'secret.due': ({ dueAt, daysLeft, backend }, { name, at }) => ({
    title: `Secret ${name} is due for rotation in ${plural(daysLeft, 'day', 'days')}`,
    body: `In ${backend}. Rotate it by ${at(dueAt)}.`,
  }),
  'secret.overdue': ({ dueAt, daysOver, backend }, { name, at }) => ({
    title: `Secret ${name} is overdue${daysOver > 0 ? ` by ${plural(daysOver, 'day', 'days')}` : ''}`,
    body: `In ${backend}. It was due on ${at(dueAt)}. Rotate it now.`,
  }),
  'secret.exposed': ({ found, examples }, { name }) => ({
    title: `${plural(found, 'secret is', 'secrets are')} written out in ${name}`,
    body: `${examples.join(', ')}. Move ${found === 1 ? 'it' : 'them'} into a secret backend or a mounted file, then rotate ${found === 1 ? 'it' : 'them'}.`,
  }),
  'secret.backend_problem': ({ code, sentence: said, since }, { name, at }) => ({
    title:
      code === 'readable'
        ? `Bulwark can read the values in ${name}`
        : code === 'secret_id_used_elsewhere'
          ? `The secret ID for ${name} was used elsewhere`
          : `Secret backend ${name} cannot be read`,
    body: `${sentence(said)} Since ${at(since)}.`,
  }),
  'channel.disabled': ({ failingSince, failures, reason }, { name, at }) => ({
    title: `Channel ${name} was turned off`,
    body: `It failed ${plural(failures, 'time', 'times')} in a row since ${at(failingSince)}: ${reason} Fix the problem, then turn the channel on again. Nothing is sent until then.`,
  }),
};

/** The very requests that a notice of limits counts. */
function refusedPath({ type, data }: Told): string {
  const uncounted = { code: 'UNAVAILABLE', access: 'show' } as const;
  const [from, to] = [data.from ?? data.since, data.to];
  const range = typeof from === 'string' && typeof to === 'string' ? { from, to } : undefined;
  return eventsHref(type === 'gate.degraded' ? uncounted : EVENT_KINDS.limited, range);
}

const ACTIONS: Record<string, (told: Told) => Words['action']> = {
  key: ({ subjectId }) => ({ label: 'Open the key', path: `/keys/${subjectId ?? ''}` }),
  member: () => ({ label: 'See members', path: '/settings/members' }),
  invitation: () => ({ label: 'See members', path: '/settings/members' }),
  user: () => ({ label: 'See your sessions', path: '/settings/sessions' }),
  limit: (told) => ({ label: 'View denied requests', path: refusedPath(told) }),
  gate: () => ({ label: 'Open Health', path: '/settings/health' }),
  anomaly: ({ subjectId }) => ({ label: 'Open the anomaly', path: `/anomalies?open=${subjectId ?? ''}` }),
  report: ({ subjectId }) => ({ label: 'Open the report', path: `/reports/weekly/${subjectId ?? ''}` }),
  scan: ({ subjectId }) => ({ label: 'Open the scan', path: `/scans?open=${subjectId ?? ''}` }),
  objective: () => ({ label: 'Open the checklist', path: '/checklist' }),
  kev: () => ({ label: 'See the findings', path: '/findings?q=kev%3Atrue' }),
  secret: ({ subjectId }) => ({
    label: 'Open the secret',
    path: subjectId ? `/secrets/${subjectId}` : '/secrets',
  }),
  secret_backend: () => ({ label: 'Open secret backends', path: '/secrets/backends' }),
  channel: () => ({ label: 'Open notifications', path: '/settings/notifications' }),
};

// Control characters and the marks that turn the reading direction could make a line say something else.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
export const onOneLine = (text: string): string => text.replace(UNSEEN, ' ').trim();

function timeWriter(timeZone: string): (iso: string) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  return (iso) => format.format(new Date(iso));
}

/** @param timeZone IANA name of the tenant's zone, in which times are written */
export function wordsOf(told: Told, timeZone: string): Words {
  const say = SENTENCES[told.type as NotificationType] as
    | ((data: Record<string, unknown>, context: Context) => { title: string; body: string })
    | undefined;
  const name = onOneLine(told.subjectLabel) || 'unnamed';
  const action = ACTIONS[told.subjectType]?.(told) ?? { label: 'Open Bulwark', path: '/overview' };
  if (!say) return { title: `${told.type}: ${name}`, body: '', action };
  const { title, body } = say(told.data, { name, at: timeWriter(timeZone) });
  return { title: onOneLine(title), body: onOneLine(body), action };
}
