import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
import {
  metricCountPageDto,
  metricCountsInput,
  metricFindingPageDto,
  metricFindingsInput,
  monthlyMetricsDto,
  monthlyMetricsInput,
} from './contract';

const tag = { name: 'Metrics', description: 'Monthly numbers, computed from the rows that they link to.' };

export const metricsApi: ApiRoom = {
  tag,
  schemas: {
    MonthlyMetrics: monthlyMetricsDto,
    MetricFindingPage: metricFindingPageDto,
    MetricCountPage: metricCountPageDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /metrics/monthly': {
      id: 'getMonthlyMetrics',
      summary: 'Get the metrics of each month, as JSON or CSV',
      permission: 'metrics:read',
      input: monthlyMetricsInput,
      answer: monthlyMetricsDto,
      mediaTypes: ['application/json', 'text/csv'],
    },
    'GET /metrics/monthly/counts': {
      id: 'listMetricCounts',
      summary: 'List the values that a number of a month counts',
      permission: 'metrics:read',
      input: metricCountsInput,
      answer: metricCountPageDto,
    },
    'GET /metrics/monthly/findings': {
      id: 'listMetricFindings',
      summary: 'List the findings behind a number of a month',
      permission: 'metrics:read',
      input: metricFindingsInput,
      answer: metricFindingPageDto,
    },
  }),
};
