import { rebuildMetrics } from '@/lib/metrics/rebuild-metrics';
import type { Command } from './command';

export const metricsRebuild: Command = {
  name: 'metrics rebuild',
  usage: '[--tenant <slug>]',
  summary: 'Count the monthly metrics again from the first row on',
  record: 'required',
  options: { tenant: { type: 'string' } },
  async run({ actor }) {
    await rebuildMetrics(actor);
    return {
      isOk: true,
      lines: ['The worker counts again; the numbers are complete when it has caught up.'],
    };
  },
};
