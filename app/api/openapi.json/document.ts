import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import { keysApi } from '@/lib/access/api-keys/openapi';
import { rotationApi } from '@/lib/access/api-keys/rotation-openapi';
import { blocksApi } from '@/lib/access/blocks/openapi';
import { gateApi } from '@/lib/access/gate/openapi';
import { gateRoutesApi } from '@/lib/access/gate-routes/openapi';
import { secretsApi } from '@/lib/access/secrets/openapi';
import { supabaseApi } from '@/lib/access/supabase/openapi';
import { checklistApi } from '@/lib/assurance/checklist/openapi';
import { findingsApi } from '@/lib/assurance/findings/openapi';
import { scannersApi } from '@/lib/assurance/scanners/openapi';
import { metricsApi } from '@/lib/insight/metrics/openapi';
import { overviewApi } from '@/lib/insight/overview/openapi';
import { reportsApi } from '@/lib/insight/reports/openapi';
import { auditApi } from '@/lib/platform/audit/openapi';
import { authApi } from '@/lib/platform/auth/openapi';
import { type ApiRoom, problemSchema } from '@/lib/platform/core/http/openapi';
import { jobsApi } from '@/lib/platform/jobs/openapi';
import { notificationsApi } from '@/lib/platform/notifications/openapi';
import { rateLimitApi } from '@/lib/platform/rate-limit/openapi';
import { sealingApi } from '@/lib/platform/sealing/openapi';
import { tenancyApi } from '@/lib/platform/tenancy/openapi';
import { anomaliesApi } from '@/lib/response/anomalies/openapi';

const DESCRIPTION = `The management API and the gate API of this Bulwark installation.

Send an API key as \`Authorization: Bearer <key>\` or \`X-API-Key: <key>\`; in the browser the session is used. Lists take
\`cursor\` and \`limit\` and answer \`{items, nextCursor}\`. Refusals are problem documents (RFC 9457) with a \`code\` from a
closed list and a \`requestId\` that finds the request in the audit log. Unknown fields are refused.`;

function securitySchemes(isHttps: boolean) {
  const name = isHttps ? '__Host-bulwark-session' : 'bulwark-session';
  return {
    bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key.' },
    session: { type: 'apiKey', in: 'cookie', name, description: 'The session of the console.' },
  } as const;
}

/** Schemas named here are referred to by their name wherever they occur. */
function nameSchemas(schemas: Record<string, z.ZodType>): void {
  for (const [id, schema] of Object.entries(schemas)) {
    if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id });
  }
}

export interface Addresses {
  consoleUrl: string;
  gateUrl: string;
  isHttps: boolean;
}

/** The OpenAPI 3.1 description of everything under /api/v1 and of the gate. A new room adds its name to `rooms`. */
export function openApiDocument({ consoleUrl, gateUrl, isHttps }: Addresses) {
  const rooms: ApiRoom[] = [
    keysApi,
    rotationApi,
    gateApi(gateUrl),
    auditApi,
    sealingApi,
    tenancyApi,
    authApi,
    overviewApi,
    jobsApi,
    metricsApi,
    reportsApi,
    anomaliesApi,
    notificationsApi,
    gateRoutesApi,
    rateLimitApi,
    blocksApi,
    supabaseApi,
    secretsApi,
    findingsApi,
    scannersApi,
    checklistApi,
  ];
  nameSchemas(Object.assign({ Problem: problemSchema }, ...rooms.map((room) => room.schemas)));
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Bulwark',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: consoleUrl, description: 'The console' }],
    tags: rooms.map((room) => room.tag),
    paths: Object.assign({}, ...rooms.map((room) => room.paths)),
    components: { securitySchemes: securitySchemes(isHttps) },
  });
}
