import type { AttentionDto, CappedCount, SetupStep } from '@/lib/overview/contract';

export interface AttentionText {
  tone: 'danger' | 'warning' | 'info';
  title: string;
  remedy: string;
  href: string;
  action: string;
}

function named(item: AttentionDto, one: string, many: string): string {
  return item.count === 1
    ? `${item.names[0] ?? 'A key'} ${one}`
    : `${formatCount({ count: item.count, capped: item.count > 1000 })} keys ${many}`;
}

const keyHref = (item: AttentionDto, list: string) => (item.keyId ? `/keys/${item.keyId}` : list);

/** What stands in the list of things to do: what is wrong, what to do, and where. */
export function attentionText(item: AttentionDto): AttentionText {
  switch (item.kind) {
    case 'worker_silent':
      return {
        tone: 'danger',
        title: 'The worker is not working',
        remedy: 'New secrets are not promoted and use is not counted until it runs again.',
        href: '/settings/health',
        action: 'Open health',
      };
    case 'old_secret_in_use':
      return {
        tone: 'danger',
        title: named(item, 'is still called with its old secret', 'are still called with an old secret'),
        remedy: 'Deploy the new secret before the old one ends, or extend its grace period.',
        href: keyHref(item, '/keys?status=in_grace'),
        action: 'Open rotation',
      };
    case 'keys_expired_in_use':
      return {
        tone: 'danger',
        title: named(item, 'has expired and is still being used', 'have expired and are still being used'),
        remedy: 'Its callers are refused. Create a new key for them, or move the expiry.',
        href: keyHref(item, '/keys?status=expired'),
        action: item.keyId ? 'Open key' : 'Open keys',
      };
    case 'keys_expiring':
      return {
        tone: 'warning',
        title: named(item, 'expires within 14 days', 'expire within 14 days'),
        remedy: 'Move the expiry, or replace the key before that day.',
        href: keyHref(item, '/keys?status=expires_soon'),
        action: item.keyId ? 'Open key' : 'Open keys',
      };
    case 'rotation_not_picked_up':
      return {
        tone: 'warning',
        title: named(item, 'has a new secret that nobody uses yet', 'have new secrets that nobody uses yet'),
        remedy: 'Deploy the new secret, or cancel the rotation.',
        href: keyHref(item, '/keys?status=pending_pickup'),
        action: 'Open rotation',
      };
    case 'sign_in_failures':
      return {
        tone: 'warning',
        title: `${item.count} sign-ins failed in the last 24 hours`,
        remedy: 'Look at the addresses they came from.',
        href: '/audit?action=auth.sign_in_failed',
        action: 'Open audit',
      };
    case 'findings_urgent':
      return {
        tone: 'warning',
        title:
          item.count === 1
            ? `Open: ${item.names[0] ?? 'a critical or high finding'}`
            : `${formatCount({ count: Math.min(item.count, 1000), capped: item.count > 1000 })} critical or high findings are open`,
        remedy: 'Fix them, or decide: each one is due at a time.',
        href: '/findings?q=severity%3Acritical%20severity%3Ahigh',
        action: 'Open findings',
      };
    case 'anomalies_open':
      return {
        tone: 'danger',
        title:
          item.count === 1
            ? `Something unusual is on record: ${item.names[0] ?? 'one anomaly'}`
            : `${item.count} serious anomalies are not judged yet`,
        remedy: 'See their rows, then say whether it was an attack, expected, or a false alarm.',
        href: '/anomalies',
        action: 'Open anomalies',
      };
    case 'checklist_failing':
      return {
        tone: 'warning',
        title:
          item.count === 1
            ? `The checklist fails: ${item.names[0] ?? 'one objective'}`
            : `The checklist fails in ${item.count} objectives: ${item.names.join(', ')}`,
        remedy: 'The release gate refuses what fails before deployment.',
        href: '/checklist',
        action: 'Open checklist',
      };
    case 'keys_without_expiry':
      return {
        tone: 'info',
        title: named(item, 'never expires', 'never expire'),
        remedy: 'A key without an end stays valid where it leaks. Give it one.',
        href: keyHref(item, '/keys'),
        action: item.keyId ? 'Open key' : 'Open keys',
      };
    case 'one_operator':
      return {
        tone: 'info',
        title: `${item.names[0] ?? 'One person'} is the only operator`,
        remedy: 'If they are away, nobody can revoke a key. Invite a second operator.',
        href: '/settings/members',
        action: 'Open members',
      };
  }
}

export interface StepText {
  title: string;
  text: string;
  href: string;
  action: string;
}

export const STEP_TEXT: Record<SetupStep, StepText> = {
  sign_in: {
    title: 'Sign in',
    text: 'The first person to sign in becomes the operator.',
    href: '/settings/members',
    action: 'Members',
  },
  create_key: {
    title: 'Create a key',
    text: 'One for the service that asks the gate, with the scope gate:verify.',
    href: '/keys/new',
    action: 'Create key',
  },
  first_request: {
    title: 'Verify a first request',
    text: 'Send a key to the gate and see the decision in the audit log.',
    href: '/audit',
    action: 'Audit',
  },
  rotate_key: {
    title: 'Rotate a key',
    text: 'Old and new secret both work until the new one is in use.',
    href: '/keys',
    action: 'Keys',
  },
  second_operator: {
    title: 'Invite a second operator',
    text: 'So that somebody can act when you are away.',
    href: '/settings/members',
    action: 'Invite',
  },
};

const numbers = new Intl.NumberFormat('en');

/** `1,204`, or `10,000+` where the count stopped. */
export function formatCount(value: CappedCount): string {
  return `${numbers.format(value.count)}${value.capped ? '+' : ''}`;
}

/** One sentence for the top of the page. */
export function overviewStatus(attention: readonly AttentionDto[]): string {
  const urgent = attention.filter((item) => attentionText(item).tone === 'danger').length;
  if (urgent > 0) return urgent === 1 ? 'One thing needs you now.' : `${urgent} things need you now.`;
  if (attention.length > 0)
    return attention.length === 1
      ? 'Nothing is broken; one thing to look at.'
      : `Nothing is broken; ${attention.length} things to look at.`;
  return 'Nothing needs you.';
}
