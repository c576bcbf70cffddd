import { inTenant } from '@/db/scope';
import { probeParts } from '@/lib/insight/overview/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { answerOnce } from '@/lib/platform/core/http/idempotency';
import { type MakeReportInput, makeReportInput, type ReportDto } from './contract';
import { lastDue, periodBefore, periodUntil } from './rules';
import { reportSettings } from './settings';
import { storeReport } from './store-report';

/** Makes a report now, of the last full week or the last seven days, and sends it if asked. */
export async function makeReport(
  actor: Actor,
  given: MakeReportInput,
  idempotencyKey: string | null = null,
): Promise<ReportDto> {
  requirePermission(actor, 'settings:write');
  const input = makeReportInput.parse(given);
  const probed = await probeParts();
  return inTenant(actor, (tx) =>
    answerOnce(tx, actor, { key: idempotencyKey, route: 'reports.make', input }, async () => {
      const settings = await reportSettings(tx, actor.tenantId);
      const { sections, timeZone } = settings;
      const nowMs = Date.now();
      const period =
        input.period === 'last_week'
          ? periodBefore(lastDue(nowMs, settings), timeZone)
          : periodUntil(nowMs, timeZone);
      const frame = { tenantId: actor.tenantId, timeZone, period, nowMs, isLate: false, probed, sections };
      const made = await storeReport(tx, actor, frame, { kind: 'on_demand', isSent: input.send });
      if (!made) throw new Error('A report that was asked for was taken for one that exists.');
      return { answer: made, kept: made };
    }),
  );
}
