import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { checkTail, type SliceJob } from '@/lib/platform/sealing/verify/check-slice';
import { localRunner } from '@/lib/platform/sealing/verify/local-runner';
import type { SliceResult } from '@/lib/platform/sealing/verify/slice-result';
import type { SliceRunner } from '@/lib/platform/sealing/verify/verify-tenant';

/** More than the database serves at once would only wait. */
const THREADS_MAX = 8;
/** Slices under way in each thread: one is read while the other one is hashed. */
const SLICES_PER_THREAD = 2;

type Answer = { id: number; result: SliceResult } | { id: number; problem: string };

interface Thread {
  worker: Worker;
  waiting: number;
}

/** The bundle beside this one; there is none where the sources run by themselves. */
const THREAD_FILE = fileURLToPath(new URL('./verify-thread.mjs', import.meta.url));

export interface ThreadedRunner extends SliceRunner {
  close(): Promise<void>;
}

/** @param wanted threads; by default one for each core @param file the bundle of lib/processes/verify-thread.ts */
export function openSliceThreads(wanted = availableParallelism(), file = THREAD_FILE): ThreadedRunner {
  const count = Math.max(1, Math.min(THREADS_MAX, wanted));
  if (!existsSync(file)) return { ...localRunner, close: async () => undefined };
  const settle = new Map<number, { resolve(result: SliceResult): void; reject(error: Error): void }>();
  let lastId = 0;
  const fail = (error: Error) => {
    for (const { reject } of settle.values()) reject(error);
    settle.clear();
  };
  const threads: Thread[] = Array.from({ length: count }, () => {
    const thread: Thread = { worker: new Worker(file), waiting: 0 };
    thread.worker.on('error', fail);
    thread.worker.on('message', (answer: Answer) => {
      thread.waiting -= 1;
      const job = settle.get(answer.id);
      settle.delete(answer.id);
      if ('result' in answer) job?.resolve(answer.result);
      else job?.reject(new Error(answer.problem));
    });
    return thread;
  });
  return {
    width: count * SLICES_PER_THREAD,
    tail: checkTail,
    check(job: SliceJob) {
      const [thread] = threads.toSorted((a, b) => a.waiting - b.waiting);
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        settle.set(id, { resolve, reject });
        if (thread) thread.waiting += 1;
        thread?.worker.postMessage({ id, job });
      });
    },
    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
