import type { AttentionDto, CappedCount, SetupStep } from '@/lib/insight/overview/contract';

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
        title: 'The worker is not running',
        remedy: 'Until it restarts, new key versions are not promoted and usage is not counted.',
        href: '/settings/health',
        action: 'Open health',
      };
    case 'old_secret_in_use':
      return {
        tone: 'danger',
        title: named(item, 'is still used with its old secret', 'are still used with an old secret'),
        remedy: 'Deploy the new secret before the grace period ends, or extend the grace period.',
        href: keyHref(item, '/keys?status=in_grace'),
        action: 'Open rotation',
      };
    case 'keys_expired_in_use':
      return {
        tone: 'danger',
        title: named(item, 'has expired and is still being used', 'have expired and are still being used'),
        remedy: 'Requests that use it are denied. Change its expiry date or create a new key.',
        href: keyHref(item, '/keys?status=expired'),
        action: item.keyId ? 'Open key' : 'Open keys',
      };
    case 'keys_expiring':
      return {
        tone: 'warning',
        title: named(item, 'expires within 14 days', 'expire within 14 days'),
        remedy: 'Extend the expiry date or replace the key before then.',
        href: keyHref(item, '/keys?status=expires_soon'),
        action: item.keyId ? 'Open key' : 'Open keys',
      };
    case 'rotation_not_picked_up':
      return {
        tone: 'warning',
        title: named(
          item,
          'has a new secret that has not been used yet',
          'have new secrets that have not been used yet',
        ),
        remedy: 'Deploy the new secret, or cancel the rotation.',
        href: keyHref(item, '/keys?status=pending_pickup'),
        action: 'Open rotation',
      };
    case 'sign_in_failures':
      return {
        tone: 'warning',
        title: `${item.count} failed sign-ins in the last 24 hours`,
        remedy: 'Check the source IP addresses in the audit log.',
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
        remedy: 'Fix each one before its due date, or record a decision.',
        href: '/findings?q=severity%3Acritical%20severity%3Ahigh',
        action: 'Open findings',
      };
    case 'log_unproven':
      return {
        tone: 'danger',
        title: item.names[0] ?? 'The audit log cannot vouch for itself',
        remedy: 'See what was found, and who can rule out tampering.',
        href: '/audit/integrity',
        action: 'Open integrity',
      };
    case 'anomalies_open':
      return {
        tone: 'danger',
        title:
          item.count === 1
            ? `Anomaly to triage: ${item.names[0] ?? '1 open anomaly'}`
            : `${item.count} critical or high anomalies to triage`,
        remedy: 'Review the events, then mark each anomaly as a true positive, expected or a false positive.',
        href: '/anomalies',
        action: 'Open anomalies',
      };
    case 'checklist_failing':
      return {
        tone: 'warning',
        title:
          item.count === 1
            ? `Objective failing: ${item.names[0] ?? '1 objective'}`
            : `${item.count} objectives failing: ${item.names.join(', ')}`,
        remedy: 'Failing pre-deployment objectives block releases.',
        href: '/checklist',
        action: 'Open checklist',
      };
    case 'keys_without_expiry':
      return {
        tone: 'info',
        title: named(item, 'never expires', 'never expire'),
        remedy: 'If it leaks, it works until someone revokes it. Set an expiry date.',
        href: keyHref(item, '/keys'),
        action: item.keyId ? 'Open key' : 'Open keys',
      };
    case 'one_operator':
      return {
        tone: 'info',
        title: `${item.names[0] ?? 'One person'} is the only operator`,
        remedy: 'If they are unavailable, no one can revoke a key. Invite a second operator.',
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
    text: 'Create a key with the gate:verify scope for the service that calls the gate.',
    href: '/keys/new',
    action: 'Create key',
  },
  first_request: {
    title: 'Verify your first request',
    text: 'Send a key to the gate, then find the decision in the audit log.',
    href: '/audit',
    action: 'Audit',
  },
  rotate_key: {
    title: 'Rotate a key',
    text: 'Both secrets work until the grace period of the old one ends.',
    href: '/keys',
    action: 'Keys',
  },
  second_operator: {
    title: 'Invite a second operator',
    text: 'So that someone can act when you are away.',
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
  if (urgent > 0) return urgent === 1 ? '1 item needs action now.' : `${urgent} items need action now.`;
  if (attention.length > 0)
    return attention.length === 1
      ? 'Nothing urgent. 1 item to review.'
      : `Nothing urgent. ${attention.length} items to review.`;
  return 'No action needed.';
}
