import { updateReportSettingsInput } from '@/lib/insight/reports/contract';
import { getReportSettings } from '@/lib/insight/reports/queries';
import { updateReportSettings } from '@/lib/insight/reports/update-settings';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';

export const GET = apiRoute({
  permission: 'metrics:read',
  run: async (actor) => taggedJson(await getReportSettings(actor)),
});

export const PATCH = apiRoute({
  permission: 'settings:write',
  input: updateReportSettingsInput,
  run: async (actor, input, { ifMatch }) => taggedJson(await updateReportSettings(actor, input, ifMatch)),
});
