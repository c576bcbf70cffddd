import type { KeyDto } from '@/lib/access/api-keys/contract';

type UsageHour = KeyDto['usage'][number];

const numbers = new Intl.NumberFormat('en');

/** What the bars show, in words: `1,204 requests in 36 hours, 3 refused`. */
export function usageSentence(usage: readonly UsageHour[]): string {
  const refused = usage.reduce((sum, hour) => sum + hour.refused, 0);
  const total = usage.reduce((sum, hour) => sum + hour.allowed, refused);
  if (total === 0) return `No requests in ${usage.length} hours`;
  const noun = total === 1 ? 'request' : 'requests';
  return `${numbers.format(total)} ${noun} in ${usage.length} hours, ${numbers.format(refused)} denied`;
}
