import { WEEKDAYS } from '@/components/ui/weekdays';
import {
  DELIVERIES,
  type Delivery,
  type OnUnused,
  type RotationRules,
} from '@/lib/access/api-keys/rotation-contract';

const short = (day: number) => WEEKDAYS[day - 1]?.slice(0, 3) ?? '';

/** `Mon–Fri`, `Tue, Thu`, `every day`: runs of three days and more are joined. */
export function daysText(days: readonly number[]): string {
  const sorted = [...days].sort((a, b) => a - b);
  if (sorted.length === 7) return 'every day';
  const runs: number[][] = [];
  for (const day of sorted) {
    const run = runs.at(-1);
    if (run?.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  return runs
    .map((run) =>
      run.length > 2 ? `${short(run[0] ?? 0)}–${short(run.at(-1) ?? 0)}` : run.map(short).join(', '),
    )
    .join(', ');
}

export function scheduleText(rules: RotationRules, timeZone: string): string {
  const period = rules.periodDays === 1 ? 'Every day' : `Every ${rules.periodDays} days`;
  return `${period}, ${daysText(rules.windowDays)} from ${rules.windowFrom} to ${rules.windowTo} (${timeZone})`;
}

export function unusedText({ onUnused, unusedDays }: Pick<RotationRules, 'onUnused' | 'unusedDays'>): string {
  const after = unusedDays === 1 ? 'After one day' : `After ${unusedDays} days`;
  return onUnused === 'strict'
    ? `${after} the old secret stops working, even if the new one has not been used`
    : `${after} the key’s owner and the operators are notified; the old secret keeps working`;
}

export const deliveryOptions = (Object.entries(DELIVERIES) as [Delivery, string][]).map(([value, label]) => ({
  value,
  label,
}));

export const unusedOptions: { value: OnUnused; label: string; hint: string }[] = [
  {
    value: 'escalate',
    label: 'Escalate',
    hint: 'Notify the owner and operators. The old secret keeps working.',
  },
  {
    value: 'strict',
    label: 'End the old secret',
    hint: 'Services that have not switched to the new secret are denied.',
  },
];

export const graceLabels: Record<RotationRules['grace'], string> = {
  '0': 'None: the old secret stops working immediately',
  '1m': '1 minute',
  '15m': '15 minutes',
  '1h': '1 hour',
  '6h': '6 hours',
  '24h': '24 hours',
  '3d': '3 days',
  '7d': '7 days',
};

export const graceOptions = (Object.entries(graceLabels) as [RotationRules['grace'], string][]).map(
  ([value, label]) => ({ value, label }),
);
