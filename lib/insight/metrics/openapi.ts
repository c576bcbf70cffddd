import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { monthlyMetricsDto, monthlyMetricsInput } from './contract';
import {
  metricCountPageDto,
  metricCountsInput,
  metricFindingPageDto,
  metricFindingsInput,
  metricKeyPageDto,
  metricKeysInput,
  metricObjectivePageDto,
  metricObjectivesInput,
} from './rows-contract';

const tag = { name: 'Metrics', description: 'Monthly security metrics, each linked to the rows it counts.' };

export const metricsApi: ApiRoom = {
  tag,
  schemas: {
    MonthlyMetrics: monthlyMetricsDto,
    MetricFindingPage: metricFindingPageDto,
    MetricCountPage: metricCountPageDto,
    MetricKeyPage: metricKeyPageDto,
    MetricObjectivePage: metricObjectivePageDto,
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
      description: 'The caller needs findings:read as well.',
      permission: 'metrics:read',
      input: metricFindingsInput,
      answer: metricFindingPageDto,
    },
    'GET /metrics/monthly/keys': {
      id: 'listMetricKeys',
      summary: 'List the keys behind a number of a month, the oldest secret first',
      description: 'The caller needs keys:read as well.',
      permission: 'metrics:read',
      input: metricKeysInput,
      answer: metricKeyPageDto,
    },
    'GET /metrics/monthly/objectives': {
      id: 'listMetricObjectives',
      summary: 'List the objectives of the checklist behind a number of a month',
      description: 'The caller needs checklist:read as well.',
      permission: 'metrics:read',
      input: metricObjectivesInput,
      answer: metricObjectivePageDto,
    },
  }),
};
