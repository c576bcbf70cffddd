import { z } from 'zod';

export type SettingGroup =
  | 'Mode'
  | 'Addresses'
  | 'Database'
  | 'Secrets'
  | 'Sessions'
  | 'Sign-in providers'
  | 'Local sign-in'
  | 'Supabase'
  | 'Notifications'
  | 'Scanners'
  | 'Audit log'
  | 'Secret backends'
  | 'Operation';

export interface SettingDoc {
  group: SettingGroup;
  description: string;
  default?: string;
  secret?: boolean;
}

export const settingDocs = z.registry<SettingDoc>();

/** A setting with its row of the configuration table. */
export function documented<T extends z.ZodType>(schema: T, doc: SettingDoc): T {
  settingDocs.add(schema, doc);
  return schema;
}
