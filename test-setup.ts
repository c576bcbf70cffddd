import { afterEach, beforeEach } from 'vitest';

type Level = 'error' | 'warn';
const levels: Level[] = ['error', 'warn'];
const original = { error: console.error, warn: console.warn };
let seen: string[] = [];

beforeEach(() => {
  seen = [];
  for (const level of levels) {
    console[level] = (...args: unknown[]) => {
      seen.push(`console.${level}: ${args.map(String).join(' ')}`);
      original[level](...args);
    };
  }
});

afterEach(() => {
  for (const level of levels) console[level] = original[level];
  if (seen.length > 0) throw new Error(`This test wrote to the console:\n${seen.join('\n')}`);
});
