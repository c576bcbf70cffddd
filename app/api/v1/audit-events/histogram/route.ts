import { auditHistogramInput } from '@/lib/audit/contract';
import { auditHistogram } from '@/lib/audit/histogram';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({
  permission: 'audit:read',
  input: auditHistogramInput,
  run: (actor, input) => auditHistogram(actor, input),
});
