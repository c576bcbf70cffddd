import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listAnomaliesInput } from '@/lib/response/anomalies/contract';
import { listAnomalies } from '@/lib/response/anomalies/queries';

export const GET = apiRoute({ permission: 'audit:read', input: listAnomaliesInput, run: listAnomalies });
