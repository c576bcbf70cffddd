import type { LinkedCount, OverviewDto, SetupStep } from '@/lib/insight/overview/contract';

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
export function formatCount(value: Pick<LinkedCount, 'count' | 'capped'>): string {
  return `${numbers.format(value.count)}${value.capped ? '+' : ''}`;
}

/** Why requests were denied, as far as one word says it. */
export function deniedDetail({ refused, limited }: OverviewDto['decisions24h']): string {
  if (refused.count === 0) return 'by key checks, blocks, routes or rate limits';
  if (limited.count === 0) return 'none of them by a rate limit';
  if (limited.count === refused.count && !refused.capped) return 'all of them by rate limits';
  return `${formatCount(limited)} of them by rate limits`;
}
