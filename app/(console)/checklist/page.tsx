import type { Metadata } from 'next';
import { ChecklistScreen } from '@/components/checklist/checklist-screen';
import { requireActor } from '@/lib/auth/page';
import { may } from '@/lib/auth/rules';
import { getChecklist } from '@/lib/checklist/queries';

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
