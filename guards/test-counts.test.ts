import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantTree } from './planted-tree';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface CountsModule {
  addCounts(all: Counts[]): Counts;
  countsLine(counts: Counts): string;
  vitestCounts(path: string, code: number): Counts;
  playwrightCounts(path: string, code: number): Counts;
}

const path = join(import.meta.dirname, '../bin/lib/test-counts.mjs');
const { addCounts, countsLine, vitestCounts, playwrightCounts }: CountsModule = await import(path);

const reportOf = (report: unknown) =>
  join(plantTree({ 'report.json': JSON.stringify(report) }), 'report.json');
const vitestReport = {
  numPassedTests: 7,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
  ],
};

test('the last line is exactly "N passed, N failed", with the skipped only when there are some', () => {
  expect(countsLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(countsLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

test('vitest: tests are counted, and a file that did not load is a failure of its own', () => {
  expect(vitestCounts(reportOf(vitestReport), 1)).toEqual({ passed: 7, failed: 1, skipped: 3 });
  const unloadable = { status: 'failed', assertionResults: [] };
  const report = { ...vitestReport, testResults: [...vitestReport.testResults, unloadable] };
  expect(vitestCounts(reportOf(report), 1).failed).toBe(2);
});

test('Playwright: a flaky test has passed, an unexpected one has failed', () => {
  const stats = { expected: 5, flaky: 1, unexpected: 2, skipped: 3 };
  expect(playwrightCounts(reportOf({ stats }), 1)).toEqual({ passed: 6, failed: 2, skipped: 3 });
});

test('a run that ends badly fails even without a failed test or a report', () => {
  const clean = { ...vitestReport, numFailedTests: 0, testResults: [] };
  expect(vitestCounts(reportOf(clean), 1).failed).toBe(1);
  expect(vitestCounts(reportOf(clean), 0).failed).toBe(0);
  const stats = { expected: 5, flaky: 0, unexpected: 0, skipped: 0 };
  expect(playwrightCounts(reportOf({ stats }), 1).failed).toBe(1);
  expect(playwrightCounts('/nonexistent/report.json', 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('stages add up', () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(addCounts([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
});
