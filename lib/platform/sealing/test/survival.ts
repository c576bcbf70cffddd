import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { newTenant, type Scene } from '@/db/test/scene';
import { insertEvents } from './scene';

export interface Survival {
  tenantIds: string[];
  /** Rows of each tenant. */
  rows: number;
  kills: number;
}

/** A process takes seconds to load; only one that seals already is worth killing. */
function startSequencer(scene: Scene): { child: ChildProcess; begins: Promise<unknown> } {
  const child = fork('lib/platform/sealing/test/sequencer-process.ts', [JSON.stringify(scene.urls)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { child, begins: once(child, 'message') };
}

async function write(scene: Scene, tenantIds: readonly string[], rows: number): Promise<void> {
  const sql = postgres(scene.urls.superuser, { max: 1, onnotice: () => undefined });
  try {
    for (let written = 0; written < rows; ) {
      const count = Math.min(rows - written, 1 + Math.floor(Math.random() * 20));
      for (const tenantId of tenantIds) await insertEvents(sql, tenantId, count);
      written += count;
    }
  } finally {
    await sql.end();
  }
}

async function unsealed(scene: Scene, tenantIds: readonly string[]): Promise<number> {
  const [left] = await scene.admin<{ left: number }[]>`
    select ((select count(*) from audit_event where tenant_id = any(${tenantIds}::uuid[]))
      - coalesce((select sum(size) from audit_log where tenant_id = any(${tenantIds}::uuid[])), 0))::float8 as left`;
  return left?.left ?? -1;
}

/** Writers write, two sequencers seal, and one of them is killed again and again in the midst of it. */
export async function surviveKills(
  scene: Scene,
  {
    tenants,
    writers,
    rows,
    killEveryMs,
  }: { tenants: number; writers: number; rows: number; killEveryMs: number },
): Promise<Survival> {
  const tenantIds: string[] = [];
  for (let n = 0; n < tenants; n++) tenantIds.push(await newTenant(`survivor-${n}`));
  const sequencers = [startSequencer(scene), startSequencer(scene)];
  let isWriting = true;
  let kills = 0;
  const killing = (async () => {
    while (isWriting || (await unsealed(scene, tenantIds)) > 0) {
      const n = kills % 2;
      await sequencers[n]?.begins;
      await sleep(killEveryMs * (0.5 + Math.random()));
      sequencers[n]?.child.kill('SIGKILL');
      sequencers[n] = startSequencer(scene);
      kills += 1;
    }
  })();
  try {
    await Promise.all(Array.from({ length: writers }, () => write(scene, tenantIds, rows)));
    isWriting = false;
    await killing;
  } finally {
    isWriting = false;
    for (const { child } of sequencers) child.kill('SIGKILL');
  }
  return { tenantIds, rows: writers * rows, kills };
}
