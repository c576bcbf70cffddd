import type { Activity } from '@/lib/response/anomalies/activity';
import {
  type AnomalyRule,
  actorFilter,
  type Candidate,
  type Look,
  plural,
  sumOf,
} from '@/lib/response/anomalies/rule';

interface Group {
  subject: string;
  label: string;
  q: string;
  rows: Activity[];
}

/** Failures by whoever was named, and by where they came from. */
function groupsOf(rows: readonly Activity[]): Group[] {
  const groups = new Map<string, Group>();
  const add = (subject: string, label: string, q: string, row: Activity) => {
    const group = groups.get(subject) ?? { subject, label, q, rows: [] };
    group.rows.push(row);
    groups.set(subject, group);
  };
  for (const row of rows) {
    if (row.network !== '') add(`network:${row.network}`, row.network, `ip:${row.network}`, row);
    if (row.label !== '') add(row.actor, row.label, actorFilter(row.actor), row);
  }
  return [...groups.values()];
}

function usualOf({ history }: Look, subject: string): string {
  const most = history.mostRefusals(subject);
  return most === 0 ? 'none' : `at most ${most.toLocaleString('en')} in an hour`;
}

function candidateOf(look: Look, group: Group): Candidate[] {
  const failed = group.rows.filter(({ result }) => result === 'bad_credential');
  const failures = sumOf(failed);
  if (failures < (look.parameters.failures ?? Number.POSITIVE_INFINITY)) return [];
  const isIn = group.rows.some(({ result, action }) => result === 'ok' && action === 'auth.sign_in');
  const names = new Set(failed.map(({ label }) => label).filter((label) => label !== ''));
  const observed = `${plural(failures, 'rejected credential', 'rejected credentials')} in an hour${names.size > 1 ? ` by ${plural(names.size, 'name', 'names')}` : ''}`;
  const usual = usualOf(look, group.subject);
  return [
    {
      subject: group.subject,
      label: group.label,
      severity: isIn ? 'critical' : 'high',
      sentence: `${observed} from ${group.label}${isIn ? ', and a sign-in that succeeded' : ''}; usual: ${usual}.`,
      observed,
      usual,
      count: failures,
      q: `${group.q} is:auth_failure`,
    },
  ];
}

export const bruteForce: AnomalyRule = {
  key: 'brute_force',
  title: 'Many rejected credentials',
  about:
    'More rejected credentials in an hour, for one name or from one network, than mistyping explains. Critical if a sign-in then succeeds.',
  severity: 'high',
  learningDays: 0,
  parameters: { failures: { label: 'Rejected credentials in an hour', standard: 20, min: 3, max: 100_000 } },
  evaluate: (look) => groupsOf(look.rows).flatMap((group) => candidateOf(look, group)),
};
