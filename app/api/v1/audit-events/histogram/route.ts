import { auditHistogramInput } from '@/lib/platform/audit/contract';
import { auditHistogram } from '@/lib/platform/audit/histogram';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: auditHistogramInput,
  run: (actor, input) => auditHistogram(actor, input),
});
