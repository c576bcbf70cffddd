import type { Metadata } from 'next';
import { ChecklistScreen } from '@/components/assurance/checklist/checklist-screen';
import { getChecklist } from '@/lib/assurance/checklist/queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Checklist' };

export default async function ChecklistPage() {
  const actor = await requireActor('checklist:read');
  const rights = {
    userId: actor.userId,
    canRun: may(actor, 'checklist:run'),
    canWrite: may(actor, 'checklist:write'),
  };
  return <ChecklistScreen initial={await getChecklist(actor)} rights={rights} />;
}
