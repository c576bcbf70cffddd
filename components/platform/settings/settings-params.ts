import { parseAsStringLiteral } from 'nuqs/server';
import { HEALTH_SHOWN, type HealthPartDto, type HealthShown } from '@/lib/insight/overview/contract';
import type { MemberDto } from '@/lib/platform/tenancy/contract';

/** What the page of health keeps in the URL; the same parser works on the server. */
export const healthParsers = { show: parseAsStringLiteral(HEALTH_SHOWN) };

/** The parts that are not well, or all. */
export function shownParts(parts: readonly HealthPartDto[], show: HealthShown | null): HealthPartDto[] {
  return parts.filter(({ state }) => show !== 'problems' || state !== 'ok');
}

/** What the page of members keeps in the URL. */
export const memberParsers = { show: parseAsStringLiteral(['operators']) };

export const isOperator = ({ role, disabledAt, isAccountDisabled }: MemberDto): boolean =>
  role === 'operator' && disabledAt === null && !isAccountDisabled;

/** The operators who may act, or all members. */
export function shownMembers(members: readonly MemberDto[], show: 'operators' | null): MemberDto[] {
  return members.filter((member) => show === null || isOperator(member));
}
