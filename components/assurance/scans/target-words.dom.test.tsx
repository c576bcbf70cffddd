import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { outcomeOf, RunState, scheduleWords } from './target-words';
import { testRun, testTarget } from './test-target';

const scan = (status: string, found: number | null = null) => ({ id: 'x', status, found });

describe('the state of a run', () => {
  it.each([
    [null, 'Never scanned'],
    [testRun({ status: 'queued', scan: null }), 'Waiting'],
    [testRun({ status: 'running', isCancelling: true }), 'Stopping'],
    [testRun({ status: 'timed_out', scan: null }), 'Timed out'],
    [testRun({ scan: scan('queued') }), 'Importing'],
    [testRun({ scan: scan('failed') }), 'Report not imported'],
    [testRun({ scan: scan('held', 0) }), 'Held'],
    [testRun({ scan: scan('done', 0) }), 'Done'],
  ])('%#: is told in words', (run, word) => {
    render(<RunState run={run} />);
    expect(screen.getByText(word)).toBeTruthy();
  });
});

it('what a run came to is a number only once its report is counted', () => {
  expect(outcomeOf(null)).toBeNull();
  expect(outcomeOf(testRun({ scan: scan('done', 0) }))).toBe('Nothing found.');
  expect(outcomeOf(testRun({ scan: scan('done', 3) }))).toBe('3 found.');
  expect(outcomeOf(testRun({ scan: scan('queued'), sentence: 'Handed over.' }))).toBe('Handed over.');
  expect(outcomeOf(testRun({ status: 'failed', sentence: 'No.', scan: null }))).toBe('No.');
});

it('a schedule is told in words', () => {
  const words = (more: object) => scheduleWords(testTarget(more));
  expect(words({ isEnabled: false })).toBe('Paused');
  expect(words({ every: 'never' })).toBe('On demand');
  expect(words({ every: 'hour', runAt: '00:07' })).toBe('Every hour at :07');
  expect(words({ every: 'week', weekday: 7 })).toBe('Every Sunday at 03:00');
});
