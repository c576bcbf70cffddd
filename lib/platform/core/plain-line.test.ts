import { expect, test } from 'vitest';
import { plainLine } from './plain-line';

const name = plainLine(20);

test.each(['web', '  web  ', 'Zahlungs-Dienst', 'پرداخت‌ها', '👩‍🚀 launch'])('%j is a name', (text) => {
  expect(name.parse(text)).toBe(text.trim());
});

test.each([
  ['', 'Enter a value.'],
  ['   ', 'Enter a value.'],
  ['a\u0000b', 'Enter a single line of plain text.'],
  ['a\nb', 'Enter a single line of plain text.'],
  ['a\u2028b', 'Enter a single line of plain text.'],
  ['\u202egnp.exe', 'Enter a single line of plain text.'],
  ['we\u200bb', 'Enter a single line of plain text.'],
  ['half \ud83d', 'Enter a single line of plain text.'],
])('%j is none', (text, message) => {
  expect(name.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test('is as long as it says', () => {
  expect(name.safeParse('a'.repeat(20)).success).toBe(true);
  expect(name.safeParse('a'.repeat(21)).success).toBe(false);
});
