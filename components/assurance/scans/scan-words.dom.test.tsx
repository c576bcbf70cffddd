import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { scanColumns } from './scan-columns';
import { coverageOf, isIncomplete } from './scan-words';
import { testScan } from './test-scan';

const state = scanColumns.find(({ id }) => id === 'status');

describe('a run that could not be read to its end', () => {
  const scan = testScan({ isComplete: false, reasons: ['2 entries of the report could not be read.'] });

  it('is not shown as imported, and says why', () => {
    render(state?.cell(scan));
    expect(screen.getByText('Incomplete')).toBeTruthy();
    expect(screen.queryByText('Imported')).toBeNull();
    expect(screen.getByText('2 entries of the report could not be read.')).toBeTruthy();
    expect(coverageOf(scan)).toBe('Incomplete: closes no findings by itself');
  });

  it('is told from a part that was scanned on purpose', () => {
    const part = testScan({ isComplete: false });
    render(state?.cell(part));
    expect(screen.getByText('Imported')).toBeTruthy();
    expect(isIncomplete(part)).toBe(false);
    expect(coverageOf(part)).toBe('Part of the asset: closes no findings');
    expect(coverageOf(testScan())).toMatch(/closed as fixed/);
  });
});
