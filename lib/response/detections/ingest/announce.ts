import type { WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { notify } from '@/lib/platform/notifications/notify';
import { oneLine } from '@/lib/response/detections/parse/fields';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import type { GroupDraft } from './group-draft';

/** Of one batch so many are told one by one; what a flood of new groups adds is in the list. */
const TOLD_MAX = 200;

export const groupLabel = ({ rule, scope }: Pick<GroupDraft, 'rule' | 'scope'>): string =>
  oneLine(`${rule}: ${scope}`, 200);

/** Records each episode that began, and tells of those that are severe enough. Tests are nobody's business. */
export async function announceOpened(
  tx: WriteTx,
  actor: JobActor,
  groups: readonly GroupDraft[],
  policy: DetectionPolicy,
): Promise<void> {
  const opened = groups.filter(({ hasOpened, isTest }) => hasOpened && !isTest);
  opened.sort((a, b) => a.severityRank - b.severityRank);
  for (const group of opened.slice(0, TOLD_MAX)) {
    const { id, rule, scope, severity, episode, kind, hosts, lastReceivedMs } = group;
    await recordAudit(tx, actor, {
      action: 'detection.group_opened',
      target: { type: 'detection_group', id, label: groupLabel(group) },
      details: { kind, rule, scope, severity, episode, isReturn: episode > 1, hosts: hosts.slice(0, 10) },
    });
    if (!policy.notify.includes(severity)) continue;
    await notify(tx, {
      tenantId: actor.tenantId,
      type: 'detection.raised',
      subject: { type: 'detection', id, label: groupLabel(group) },
      dedupeKey: `detection ${id} ${episode}`,
      data: {
        rule: oneLine(rule, 200),
        scope: oneLine(scope, 300),
        severity,
        isReturn: episode > 1,
        hosts: hosts.slice(0, 3).map((host) => oneLine(host, 100)),
        at: new Date(lastReceivedMs).toISOString(),
      },
    });
  }
}
