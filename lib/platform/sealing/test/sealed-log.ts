import { createPublisher, type Publisher, type PublisherAlarm } from '../publish/publisher';
import { openLog } from '../seal/open-log';
import { sealTenant } from '../seal/seal-tenant';
import { TransactionTimes } from '../seal/snapshots';
import type { Policy } from '../tlog/policy';

export const TEST_HOST = 'log.example';
export const TEST_SECRET = 'Zr4Vq9LmT2pXs7WyB1dKf8GhJ5aEuCn3';

export interface SealedLog {
  publisher: Publisher;
  alarms: PublisherAlarm[];
  /** Seals what waits, in chunks of so many rows. */
  seal(tenantId: string, chunkRows?: number): Promise<number>;
  /** Publishes heads and signs them. */
  publish(): Promise<void>;
}

/** A sequencer and a publisher, as the worker runs them, for tests that drive them by hand. */
export function openSealedLog(
  tenantIds: () => string[],
  more: { secrets?: () => readonly string[]; policy?: () => Policy | null; checkpointFile?: string } = {},
): SealedLog {
  const times = new TransactionTimes();
  const alarms: PublisherAlarm[] = [];
  const publisher = createPublisher({
    host: TEST_HOST,
    secrets: more.secrets ?? (() => [TEST_SECRET]),
    policy: more.policy ?? (() => null),
    checkpointFile: more.checkpointFile,
    listTenants: async () => tenantIds(),
    alarm: async (alarm) => void alarms.push(alarm),
  });
  return {
    publisher,
    alarms,
    async seal(tenantId, chunkRows) {
      await openLog(tenantId, TEST_HOST);
      let leaves = 0;
      for (;;) {
        const result = await sealTenant(tenantId, { times, ...(chunkRows ? { chunkRows } : {}) });
        leaves += result?.leaves ?? 0;
        if (!result || result.isDone) return leaves;
      }
    },
    publish: () => publisher.round({ force: true }),
  };
}
