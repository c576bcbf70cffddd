import { listAnomaliesInput } from '@/lib/anomalies/contract';
import { listAnomalies } from '@/lib/anomalies/queries';
import { apiRoute } from '@/lib/auth/api-route';

export const GET = apiRoute({ permission: 'audit:read', input: listAnomaliesInput, run: listAnomalies });
