import { rebuildMetrics } from '@/lib/insight/metrics/rebuild-metrics';
import type { Command } from './command';

export const metricsRebuild: Command = {
  name: 'metrics rebuild',
  usage: '[--tenant <slug>]',
  summary: 'Rebuild the monthly metrics from all data',
  record: 'required',
  options: { tenant: { type: 'string' } },
  async run({ actor }) {
    await rebuildMetrics(actor);
    return {
      isOk: true,
      lines: ['The worker is rebuilding the metrics. They are complete when it has caught up.'],
    };
  },
};
