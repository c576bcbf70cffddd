import postgres from 'postgres';
import { closePools, useDatabase } from '@/db/connect';
import { composeRooms } from '@/lib/processes/compose';
import { createTestDatabase } from './template';

export interface OpenDatabase {
  /** The superuser, who sees every row: for setting scenes and for looking at what was written. */
  admin: postgres.Sql;
  close(): Promise<void>;
}

/** A fresh database that this process's pools point at; `variables` are set before the configuration is read. */
export async function openDatabase(variables: Record<string, string> = {}): Promise<OpenDatabase> {
  Object.assign(process.env, {
    BULWARK_MODE: 'local',
    BULWARK_PROCESS: 'test',
    AUTH_SECRET: 'q8Jx2VbN5kLr7TzW1cYd4FhGm9PsQe6u',
    KEY_PEPPER: 'u3Rk8WdZ1pXe6TnM4bVy9HcQ7sLg2JfA',
    LOG_LEVEL: 'silent',
    ...variables,
  });
  composeRooms();
  const database = await createTestDatabase();
  useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
  const admin = postgres(database.urls.superuser, { max: 2, onnotice: () => undefined });
  const close = async () => {
    await closePools();
    await admin.end();
    await database.drop();
  };
  return { admin, close };
}
