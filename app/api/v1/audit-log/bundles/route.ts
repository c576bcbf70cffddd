import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { bundleInput } from '@/lib/platform/sealing/bundle/bundle-format';
import { exportBundle } from '@/lib/platform/sealing/bundle/export-bundle';

export const POST = apiRoute({ permission: 'audit:export', input: bundleInput, run: exportBundle });
