import { expect, it } from 'vitest';
import { STANDARD_RULES } from '@/lib/access/api-keys/rotation-contract';
import { daysText, scheduleText, unusedText } from './rotation-words';

it('says days as people do', () => {
  expect(daysText([1, 2, 3, 4, 5])).toBe('Mon–Fri');
  expect(daysText([4, 2])).toBe('Tue, Thu');
  expect(daysText([6, 7])).toBe('Sat, Sun');
  expect(daysText([7, 6, 5, 4, 3, 2, 1])).toBe('every day');
  expect(daysText([1, 3, 4, 5])).toBe('Mon, Wed–Fri');
});

it('says the schedule and what happens to an unused secret', () => {
  expect(scheduleText(STANDARD_RULES, 'Europe/Berlin')).toBe(
    'Every 90 days, Mon–Fri from 09:00 to 17:00 (Europe/Berlin)',
  );
  expect(unusedText({ onUnused: 'strict', unusedDays: 1 })).toBe(
    'After one day the old secret stops working, even if the new one has not been used',
  );
});
