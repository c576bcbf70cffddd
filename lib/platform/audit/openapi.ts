import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  auditEventDetailDto,
  auditEventDto,
  auditFacetsDto,
  auditFilterInput,
  auditHistogramDto,
  auditHistogramInput,
  auditPageDto,
  exportAuditInput,
  getAuditEventInput,
  listAuditInput,
} from './contract';

const tag = { name: 'Audit log', description: 'Every decision, change, access and sign-in, append-only.' };
const read = { permission: 'audit:read' } as const;

export const auditApi: ApiRoom = {
  tag,
  schemas: { AuditEvent: auditEventDto, AuditPage: auditPageDto, AuditEventDetail: auditEventDetailDto },
  paths: describeRoutes(tag.name, {
    'GET /audit-events': {
      id: 'listAuditEvents',
      summary: 'List events',
      description:
        'Newest first. Times are ISO 8601 or relative (`now-24h`, `now/d`); without them the last 24 hours. You can repeat a filter. Add `!` after its name to exclude values.',
      ...read,
      input: listAuditInput,
      answer: auditPageDto,
    },
    'GET /audit-events/{id}': {
      id: 'getAuditEvent',
      summary: 'Get an event with its neighbors and other events from the same request',
      ...read,
      input: getAuditEventInput,
      answer: auditEventDetailDto,
    },
    'GET /audit-events/histogram': {
      id: 'auditHistogram',
      summary: 'Count events over time',
      ...read,
      input: auditHistogramInput,
      answer: auditHistogramDto,
    },
    'GET /audit-events/facets': {
      id: 'auditFacets',
      summary: 'Count events by their most frequent values',
      ...read,
      input: auditFilterInput,
      answer: auditFacetsDto,
    },
    'GET /audit-events/export': {
      id: 'exportAuditEvents',
      summary: 'Export events as NDJSON or CSV',
      permission: 'audit:export',
      input: exportAuditInput,
      answer: z.string(),
      mediaTypes: ['application/x-ndjson', 'text/csv'],
    },
  }),
};
