import { expect, test } from 'vitest';
import { plainLine } from './plain-line';

const name = plainLine(20);

test.each(['web', '  web  ', 'Zahlungs-Dienst', 'پرداخت‌ها', '👩‍🚀 launch'])('%j is a name', (text) => {
  expect(name.parse(text)).toBe(text.trim());
});

test.each([
  ['', 'Fill this in.'],
  ['   ', 'Fill this in.'],
  ['a\u0000b', 'Use one line of plain text.'],
  ['a\nb', 'Use one line of plain text.'],
  ['a\u2028b', 'Use one line of plain text.'],
  ['\u202egnp.exe', 'Use one line of plain text.'],
  ['we\u200bb', 'Use one line of plain text.'],
  ['half \ud83d', 'Use one line of plain text.'],
])('%j is none', (text, message) => {
  expect(name.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test('is as long as it says', () => {
  expect(name.safeParse('a'.repeat(20)).success).toBe(true);
  expect(name.safeParse('a'.repeat(21)).success).toBe(false);
});
