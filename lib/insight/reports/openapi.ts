import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  getReportInput,
  listReportsInput,
  makeReportInput,
  reportDto,
  reportPageDto,
  reportSettingsDto,
  updateReportSettingsInput,
} from './contract';

const tag = {
  name: 'Reports',
  description:
    'Weekly reports, created on a schedule or on demand. A report does not change after it is created.',
};

export const reportsApi: ApiRoom = {
  tag,
  schemas: { WeeklyReport: reportDto, WeeklyReportPage: reportPageDto, ReportSettings: reportSettingsDto },
  paths: describeRoutes(tag.name, {
    'GET /reports/weekly': {
      id: 'listWeeklyReports',
      summary: 'List weekly reports, the newest first',
      permission: 'metrics:read',
      input: listReportsInput,
      answer: reportPageDto,
    },
    'POST /reports/weekly': {
      id: 'makeWeeklyReport',
      summary: 'Create a report now, and optionally send it',
      permission: 'settings:write',
      input: makeReportInput,
      answer: reportDto,
      status: 201,
      isRepeatable: true,
    },
    'GET /reports/weekly/{id}': {
      id: 'getWeeklyReport',
      summary: 'Get a report as it was made, as JSON or Markdown',
      permission: 'metrics:read',
      input: getReportInput,
      answer: reportDto,
      mediaTypes: ['application/json', 'text/markdown'],
    },
    'GET /reports/settings': {
      id: 'getReportSettings',
      summary: 'Get the weekly report settings',
      permission: 'metrics:read',
      answer: reportSettingsDto,
      isTagged: true,
    },
    'PATCH /reports/settings': {
      id: 'updateReportSettings',
      summary: 'Change the weekly report settings',
      permission: 'settings:write',
      input: updateReportSettingsInput,
      answer: reportSettingsDto,
      isTagged: true,
    },
  }),
};
