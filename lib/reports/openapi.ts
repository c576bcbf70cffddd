import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
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
  description: 'The weekly report: made on schedule or on demand, kept as it was sent.',
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
      summary: 'Make a report now, and send it if asked',
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
      summary: 'Get when the weekly report is made and what stands in it',
      permission: 'metrics:read',
      answer: reportSettingsDto,
      isTagged: true,
    },
    'PATCH /reports/settings': {
      id: 'updateReportSettings',
      summary: 'Change when the weekly report is made and what stands in it',
      permission: 'settings:write',
      input: updateReportSettingsInput,
      answer: reportSettingsDto,
      isTagged: true,
    },
  }),
};
