import { type DueKey, keyHref, keysHref, readDueKeys } from '@/lib/access/api-keys/facts';
import { LINES_MAX, type ReportLine, type ReportSection } from '@/lib/insight/reports/contract';
import { daysBetween } from '@/lib/insight/reports/rules';
import { type Frame, line, nameOf, section } from './section';

const SECRET_DAYS = 90;
const msOf = (text: string | null) => (text === null ? Number.POSITIVE_INFINITY : Date.parse(text));

function lineOf({ id, name, who, expiresAt, secretOldAt }: DueKey, nowMs: number): ReportLine {
  const [expiresMs, oldMs] = [msOf(expiresAt), msOf(secretOldAt)];
  const isEnd = expiresMs <= oldMs;
  const days = daysBetween(nowMs, isEnd ? expiresMs : oldMs);
  const when =
    days < 0
      ? `since ${-days} ${days === -1 ? 'day' : 'days'}`
      : days === 0
        ? 'today'
        : `in ${days} ${days === 1 ? 'day' : 'days'}`;
  return line(`Key ${nameOf(name)}`, {
    value: isEnd
      ? `expires ${when}`
      : days < 0
        ? `secret is over ${SECRET_DAYS} days old ${when}`
        : `secret is ${SECRET_DAYS} days old ${when}`,
    who: who === null ? 'operators' : nameOf(who).slice(0, 120),
    tone: days <= 1 ? 'danger' : days <= 7 ? 'warning' : 'neutral',
    path: keyHref(id),
  });
}

/** Keys in use that expire, or whose secret becomes 90 days old, within 30 days; what is over already stands first. */
export async function keys({ tx, tenantId, nowMs }: Frame): Promise<ReportSection> {
  const { items, total } = await readDueKeys(tx, tenantId, LINES_MAX);
  return section('keys', {
    lines: items.map((key) => lineOf(key, nowMs)),
    total,
    morePath: keysHref('due'),
    empty: 'No keys due.',
  });
}
