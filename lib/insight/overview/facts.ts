import type { ReadTx } from '@/db/scope';
import { keyFacts } from '@/lib/access/api-keys/facts';
import { checklistFacts } from '@/lib/assurance/checklist/facts';
import { findingFacts } from '@/lib/assurance/findings/facts';
import { failedSignIns } from '@/lib/platform/audit/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { may } from '@/lib/platform/auth/rules';
import type { StandingDto } from '@/lib/platform/facts/contract';
import { type Fact, type Found, NAMES_SHOWN, readFacts } from '@/lib/platform/facts/fact';
import { levelOfPart, standingOf, worstOf } from '@/lib/platform/facts/rules';
import { failedJobs } from '@/lib/platform/jobs/facts';
import { notificationFacts } from '@/lib/platform/notifications/facts';
import { onlyOperator } from '@/lib/platform/tenancy/facts';
import { anomalyFacts } from '@/lib/response/anomalies/facts';
import { HEALTH_PARTS, type HealthPartDto } from './contract';
import { probeParts, readHealth } from './health';

export { probeParts };

function foundIn(parts: readonly HealthPartDto[]): Found {
  const unwell = parts.flatMap(({ part, state }) => (state === 'ok' ? [] : [{ part, state }]));
  return {
    count: unwell.length,
    level: worstOf(unwell.map(({ state }) => levelOfPart(state))) ?? 'info',
    names: unwell.map(({ part }) => HEALTH_PARTS[part]).slice(0, NAMES_SHOWN),
    since: null,
    until: null,
  };
}

/** Parts of the installation that are not well, as the page of health shows them. */
const unwellParts = (probed: readonly HealthPartDto[]): Fact => ({
  key: 'installation.unwell',
  permission: 'settings:read',
  one: 'component is not healthy',
  many: 'components are not healthy',
  remedy: 'Read what was seen there, and what to do.',
  action: 'Open health',
  href: '/settings/health?show=problems',
  read: async (tx, tenantId) => foundIn(await readHealth(tx, tenantId, probed)),
});

/** Every fact that says whether something is wrong; within a level they are told in this order. A new room adds its own here. */
export const standingFacts = (probed: readonly HealthPartDto[]): readonly Fact[] => [
  unwellParts(probed),
  failedJobs,
  ...keyFacts,
  ...anomalyFacts,
  ...findingFacts,
  ...checklistFacts,
  failedSignIns,
  ...notificationFacts,
  onlyOperator,
];

/** Whether something is wrong, of the facts that the actor may know. `probed` comes from `probeParts`. */
export async function readStanding(
  tx: ReadTx,
  actor: Actor,
  probed: readonly HealthPartDto[],
): Promise<StandingDto> {
  const facts = standingFacts(probed).filter(({ permission }) => may(actor, permission));
  return standingOf(await readFacts(tx, actor.tenantId, facts), new Date().toISOString());
}
