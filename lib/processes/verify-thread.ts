import { parentPort } from 'node:worker_threads';
import { checkSlice, type SliceJob } from '@/lib/platform/sealing/verify/check-slice';

/** A thread of a verification: it has its own connections, and answers each slice it is given. */
parentPort?.on('message', ({ id, job }: { id: number; job: SliceJob }) => {
  checkSlice(job).then(
    (result) => parentPort?.postMessage({ id, result }),
    (error: unknown) =>
      parentPort?.postMessage({ id, problem: error instanceof Error ? error.message : String(error) }),
  );
});
