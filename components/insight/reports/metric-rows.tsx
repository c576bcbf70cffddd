'use client';

import { MetricCounts } from './metric-counts';
import { MetricFindings } from './metric-findings';
import { MetricKeys } from './metric-keys';
import { MetricObjectives } from './metric-objectives';
import type { RowsAsked } from './rows-asked';

/** The rows behind a number, whatever it counts. */
export function MetricRows({ asked, onClose }: { asked: RowsAsked; onClose: () => void }) {
  switch (asked.list) {
    case 'findings':
      return <MetricFindings asked={asked} onClose={onClose} />;
    case 'keys':
      return <MetricKeys asked={asked} onClose={onClose} />;
    case 'objectives':
      return <MetricObjectives asked={asked} onClose={onClose} />;
    case 'counts':
      return <MetricCounts asked={asked} onClose={onClose} />;
  }
}
