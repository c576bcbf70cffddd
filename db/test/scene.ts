import postgres from 'postgres';
import { closePools, useDatabase } from '@/db/connect';
import { gateRevision } from '@/db/schema/api-keys';
import { tenant } from '@/db/schema/identity';
import { asSystem } from '@/db/scope';
import type { CliActor, JobActor, KeyActor, UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID, type Role } from '@/lib/platform/tenancy/contract';
import { composeRooms } from '@/lib/processes/compose';
import { mintSession } from './mint-session';
import { createTestDatabase } from './template';

export const TEST_ENV = {
  BULWARK_MODE: 'local',
  BULWARK_PROCESS: 'test',
  AUTH_SECRET: 'q8Jx2VbN5kLr7TzW1cYd4FhGm9PsQe6u',
  KEY_PEPPER: 'V7nQ2rXc9LmT4pZs6WyB8dKf1GhJ3aEu',
  LOG_LEVEL: 'silent',
};

export interface Scene {
  urls: Awaited<ReturnType<typeof createTestDatabase>>['urls'];
  /** The superuser, past row-level security: proves that rows exist, and sets scenes. */
  admin: postgres.Sql;
  close(): Promise<void>;
}

/** For tests only: a fresh database that this process uses, and an environment that needs nothing else. */
export async function openScene(): Promise<Scene> {
  Object.assign(process.env, TEST_ENV);
  composeRooms();
  const database = await createTestDatabase();
  useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
  const admin = postgres(database.urls.superuser, { max: 2, onnotice: () => undefined });
  return {
    urls: database.urls,
    admin,
    close: async () => {
      await closePools();
      await admin.end();
      useDatabase(undefined);
      await database.drop();
    },
  };
}

const noRequest = { ip: '192.0.2.7', userAgent: 'test', method: 'POST', host: 'localhost', path: '/test' };
const request = () => ({ requestId: newId(), ...noRequest });

export async function newTenant(slug: string): Promise<string> {
  const id = newId();
  await asSystem('test tenant', async (tx) => {
    await tx.insert(tenant).values({ id, slug, name: slug });
  });
  await asSystem('test tenant', (tx) => tx.insert(gateRevision).values({ tenantId: id, revision: 0 }), id);
  return id;
}

export async function userActor(role: Role, tenantId = DEFAULT_TENANT_ID): Promise<UserActor> {
  const { userId, sessionId } = await mintSession({ role, tenantId, name: role });
  return { type: 'user', tenantId, userId, sessionId, role, label: role, request: request() };
}

export function cliActor(tenantId = DEFAULT_TENANT_ID): CliActor {
  return { type: 'cli', tenantId, label: 'test@host', request: request() };
}

export function testJobActor(tenantId = DEFAULT_TENANT_ID): JobActor {
  return { type: 'job', tenantId, label: 'worker: test', request: request() };
}

export function keyActor(keyId: string, scopes: readonly string[], tenantId = DEFAULT_TENANT_ID): KeyActor {
  return { type: 'key', tenantId, keyId, versionId: newId(), scopes, label: 'a key', request: request() };
}
