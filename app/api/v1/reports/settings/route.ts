import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';
import { updateReportSettingsInput } from '@/lib/reports/contract';
import { getReportSettings } from '@/lib/reports/queries';
import { updateReportSettings } from '@/lib/reports/update-settings';

export const GET = apiRoute({
  permission: 'metrics:read',
  run: async (actor) => taggedJson(await getReportSettings(actor)),
});

export const PATCH = apiRoute({
  permission: 'settings:write',
  input: updateReportSettingsInput,
  run: async (actor, input, { ifMatch }) => taggedJson(await updateReportSettings(actor, input, ifMatch)),
});
